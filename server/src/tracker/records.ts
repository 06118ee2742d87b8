import type { ResultKind } from "../protocol/index.ts";

/** A journal record as the hooks wrote it: decoded `key=value` fields, `ev` first (hooks/README.md). */
export type RecordFields = Readonly<Record<string, string>>;

const kinds: Readonly<Record<string, ResultKind>> = {
  success: "built",
  failure: "failed",
  ignored: "ignored",
  skipped: "skipped",
};

/** The event of a record that tells of a result of that kind. */
export function eventOf(kind: ResultKind): string {
  return Object.keys(kinds).find((event) => kinds[event] === kind) ?? "";
}

/** The kind of result that a record tells of; null for other events. */
export function resultKind(fields: RecordFields): ResultKind | null {
  return kinds[fields.ev ?? ""] ?? null;
}

export function runIdOf(fields: RecordFields): string {
  return fields.run || `adhoc-${profileOf(fields)}`;
}

/** Whether a name is of the form that the hooks give to runs and bundles, so that it leads nowhere else. */
export function isFolderName(name: string): boolean {
  return /^[A-Za-z0-9_+@][A-Za-z0-9_+@.-]{0,250}$/.test(name);
}

/** The name of a far builder's run holds the builder's, so that no host can speak of another's runs. */
export function runIdAt(builder: string, run: string): string {
  return builder === "" ? run : `${builder}:${run}`;
}

/** The run's name on its own host; null for one of another host, or with a name that no hook gives. */
export function runNameAt(builder: string, runId: string): string | null {
  const prefix = runIdAt(builder, "");
  const name = runId.startsWith(prefix) ? runId.slice(prefix.length) : "";
  return isFolderName(name) ? name : null;
}

export function profileOf(fields: RecordFields): string {
  return fields.profile || "default";
}

/** `t` is in seconds; a time that is absent, or later than a day from now, is taken for now. */
export function timeOf(fields: RecordFields, now: number): number {
  const time = /^\d{1,12}$/.test(fields.t ?? "") ? Number(fields.t) * 1000 : now;
  return time > now + 86_400_000 ? now : time;
}

/** The builder's own count in a record, else `counted`. */
export function countOf<T>(fields: RecordFields, key: ResultKind | "queued", counted: T): number | T {
  return /^\d{1,9}$/.test(fields[key] ?? "") ? Number(fields[key]) : counted;
}

/** `seconds`, as the builder's own files tell them; null when absent. */
export function secondsIn(fields: RecordFields): number | null {
  return /^\d{1,9}$/.test(fields.seconds ?? "") ? Number(fields.seconds) : null;
}
