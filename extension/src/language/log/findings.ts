import type { Diagnosis, Finding } from "@portwright/server/protocol";
import { countLines } from "../../documents/logPart.ts";

/** Something that the diagnosis found, at a line of a document, from 0. */
export interface LocatedFinding {
  line: number;
  /** A follower of something that went wrong before it. */
  isLesser: boolean;
  finding: Finding;
}

/** More than that is no list to read. */
const maxFindings = 100;

/** The findings that lie in a part of a log which begins at byte `from`; `bytes` are the part's whole lines. */
export function locateFindings(
  { cause, findings }: Diagnosis,
  bytes: Uint8Array,
  from: number,
): LocatedFinding[] {
  const isInside = ({ offset }: Finding): boolean => offset >= from && offset < from + bytes.length;
  // That a build stopped is no news beside what stopped it.
  const told = findings.filter(({ role }) => role !== "terminal");
  const kept = unique(cause ? [cause, ...told] : told)
    .filter(isInside)
    .slice(0, maxFindings)
    .sort((left, right) => left.offset - right.offset);
  let [line, at] = [0, 0];
  return kept.map((finding) => {
    line += countLines(bytes.subarray(at, finding.offset - from));
    at = finding.offset - from;
    return { line, isLesser: finding.role === "secondary" && finding.offset !== cause?.offset, finding };
  });
}

function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((finding) => [`${finding.offset} ${finding.kind}`, finding]));
  return [...seen.values()];
}
