import type { ResultKind } from "../../protocol/index.ts";

/** What the builder's own files say of one port in one run. */
export interface ReportedResult {
  origin: string;
  /** "" for a port without. */
  flavor: string;
  kind: ResultKind;
  /** Of a failure, in the builder's words; else "". */
  phase: string;
  /** Why it was ignored or skipped; else "". */
  reason: string;
  /** Seconds of work on it; null when the files do not say. */
  seconds: number | null;
  /** Seconds from the start of the run to its end; null when the files do not say. */
  elapsed: number | null;
  /** "" when the files do not say. */
  pkgname: string;
}

/** `HH:MM:SS` (hours may have more digits) or `MM:SS` in seconds; null for anything else, such as `--:--:--`. */
export function secondsOf(clock: string): number | null {
  const found = /^\s*(?:(\d{1,5}):)?(\d{1,3}):(\d\d)\s*$/.exec(clock);
  return found === null
    ? null
    : Number(found[1] ?? 0) * 3600 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0);
}

/** `category/port[@flavor]` taken apart; null for what is no port's name. */
export function portOfSpec(spec: string): { origin: string; flavor: string } | null {
  const found = /^([^\s/@]{1,100}\/[^\s/@]{1,200})(?:@([^\s/@]{1,100}))?$/.exec(spec);
  return found === null ? null : { origin: found[1] ?? "", flavor: found[2] ?? "" };
}

export function portKey(origin: string, flavor: string): string {
  return flavor === "" ? origin : `${origin}@${flavor}`;
}
