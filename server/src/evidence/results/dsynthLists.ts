import type { ResultKind } from "../../protocol/index.ts";
import { portOfSpec, type ReportedResult, secondsOf } from "./types.ts";

/** dsynth's lists in Directory_logs, appended to while a run is on; lines of one kind each. */
export const listNames = [
  "01_success_list.log",
  "02_failure_list.log",
  "03_ignored_list.log",
  "04_skipped_list.log",
] as const;

const success = /^\[\w+\] SUCCESS\s+(\S+)\s+(\d+:\d\d:\d\d)\s*$/;
/** The number is of ports that it holds up, and absent with none, or with the dsynth of 2019. */
const failure = /^\[\w+\] FAILURE\s+(\S+)(?:\s+\d+)?\s+(\S+)\s+(\d+:\d\d:\d\d)\s*$/;
const leftOut = /^\[\w+\]\s+(\S+)(?:\s+\d+)?\s+(ignored|skipped) due to (.*)$/;
/** Of a port that turned out to be left out when a slot was about to take it. */
const leftOutLate = /^\[\w+\]\s+(IGNORD|SKIPPD)\s+(\S+)\s+\d+\s+-\s+(.*)$/;

/** What one line of a list says; null for blank, half-written and foreign lines, and for meta nodes. */
export function parseListLine(line: string): ReportedResult | null {
  if (line.length > 4000) return null;
  let found = success.exec(line);
  if (found) return reported("built", found[1], { seconds: secondsOf(found[2] ?? "") });
  found = failure.exec(line);
  if (found)
    return reported("failed", found[1], { phase: found[2] ?? "", seconds: secondsOf(found[3] ?? "") });
  found = leftOut.exec(line);
  if (found) return reported(found[2] as ResultKind, found[1], { reason: reasonOf(found[3]) });
  found = leftOutLate.exec(line);
  if (found)
    return reported(found[1] === "IGNORD" ? "ignored" : "skipped", found[2], { reason: reasonOf(found[3]) });
  return null;
}

function reported(
  kind: ResultKind,
  spec: string | undefined,
  facts: Partial<ReportedResult>,
): ReportedResult | null {
  const port = portOfSpec(spec ?? "");
  return (
    port && { ...port, kind, phase: "", reason: "", seconds: null, elapsed: null, pkgname: "", ...facts }
  );
}

function reasonOf(text = ""): string {
  return text.trim().slice(0, 1000);
}
