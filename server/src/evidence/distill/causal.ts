import type { Sighting } from "./types.ts";

/** Lines after an error within which the end of the build belongs to it, if nothing says otherwise. */
const CLOSE_TO_END = 60;

/** How an error is tied to a line in which the build gives up. */
export interface Tie {
  /**
   * `named`: make gives up on what this error's file or job makes; `block`: inside a failed command of ninja;
   * `near`: the build gives up soon after; `foreign`: the log shows that something else failed; `open`: no line says where
   * it gives up; else `far`.
   */
  kind: "named" | "block" | "near" | "foreign" | "open" | "far";
  /** The line in which the build gives up because of it. */
  terminal: Sighting | null;
}

/** Ties an error to the end of the build. `blocks`: the log heads failed commands, so errors elsewhere did not count. */
export function tieOf(sighting: Sighting, terminals: readonly Sighting[], blocks: boolean): Tie {
  const { finding, repeats } = sighting;
  const after = terminals.filter((one) => one.finding.offset > finding.offset);
  const next = after[0] ?? null;
  const named = after.find((one) => makes(one, sighting));
  if (named) return { kind: "named", terminal: named };
  if (sighting.block) return { kind: "block", terminal: next };
  if (blocks && sighting.segment === next?.segment) return { kind: "foreign", terminal: next };
  const failedJobs = terminals.some((one) => one.job !== null && one.job === one.finding.captures.target);
  if (sighting.job !== null && failedJobs) return { kind: "foreign", terminal: next };
  const nextAfterLast = after.find((one) => one.finding.offset > repeats.lastOffset);
  const isNear =
    (next && next.finding.line - finding.line <= CLOSE_TO_END) ||
    (nextAfterLast && nextAfterLast.finding.line - repeats.lastLine <= CLOSE_TO_END);
  if (isNear) return { kind: "near", terminal: next };
  return { kind: terminals.length === 0 ? "open" : "far", terminal: next };
}

/** Whether the target that make gave up on is the error's job, or made of the error's file. */
function makes(terminal: Sighting, sighting: Sighting): boolean {
  const { target } = terminal.finding.captures;
  if (target === undefined) return false;
  if (sighting.job !== null && sighting.job === target) return true;
  const { file } = sighting.finding;
  return file !== undefined && stemOf(file) !== "" && stemOf(file) === stemOf(target);
}

/** `foo` of `src/foo.c`, `.libs/foo.o`, `lib_la-foo.lo`, `CMakeFiles/x.dir/src/foo.c.o`. */
function stemOf(path: string): string {
  return path
    .replace(/^.*\//, "")
    .replace(/^(?:Makefile\S*:\d+: )/, "")
    .replace(/(?:\.[A-Za-z+]{1,4}){1,2}$/, "")
    .replace(/^.*_(?:la|so|a|OBJECTS)-/, "");
}
