import type { ResultKind } from "../protocol/index.ts";

/** A journal record as the hooks wrote it: decoded `key=value` fields, `ev` first (hooks/README.md). */
export type RecordFields = Readonly<Record<string, string>>;

const kinds: Readonly<Record<string, ResultKind>> = {
  success: "built",
  failure: "failed",
  ignored: "ignored",
  skipped: "skipped",
};

/** The kind of result that a record tells of; null for other events. */
export function resultKind(fields: RecordFields): ResultKind | null {
  return kinds[fields.ev ?? ""] ?? null;
}

export function runIdOf(fields: RecordFields): string {
  return fields.run || `adhoc-${profileOf(fields)}`;
}

export function profileOf(fields: RecordFields): string {
  return fields.profile || "default";
}

/** `t` is in seconds; a time that is absent, or later than a day from now, is taken for now. */
export function timeOf(fields: RecordFields, now: number): number {
  const time = /^\d{1,12}$/.test(fields.t ?? "") ? Number(fields.t) * 1000 : now;
  return time > now + 86_400_000 ? now : time;
}

/** The builder's own count in a `run_end` record, else `counted`. */
export function countOf(fields: RecordFields, key: ResultKind, counted: number): number {
  return /^\d{1,9}$/.test(fields[key] ?? "") ? Number(fields[key]) : counted;
}
