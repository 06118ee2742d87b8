import type { FailureClass } from "../../protocol/index.ts";
import type { Tie } from "./causal.ts";
import type { ConfigLogSlice } from "./configLog.ts";
import { describeKind } from "./kinds.ts";
import type { Distillation, Segment, Sighting } from "./types.ts";

/** Class of a failure whose log holds no cause, by the phase that failed. */
const BY_PHASE: Readonly<Record<string, FailureClass>> = {
  fetch: "fetch-error",
  checksum: "fetch-checksum",
  extract: "extract-error",
  patch: "patch-error",
  configure: "configure-error",
  stage: "stage-error",
  "stage-qa": "stage-qa-error",
  "check-plist": "plist-error",
  package: "pkg-format",
  test: "test-error",
  "install-pkgs": "infrastructure",
  setup: "infrastructure",
};

const HINTED: readonly FailureClass[] = ["compile-error", "link-error", "build-system-error", "test-error"];

/** What a tool's last words tell of a failure whose reason they do not give. */
export function hintedClass(sightings: readonly Sighting[], failing: Segment | null): FailureClass | null {
  const hint = sightings.findLast(
    ({ finding, segment }) => segment === failing && finding.role === "secondary" && finding.captures.class,
  );
  return HINTED.find((name) => name === hint?.finding.captures.class) ?? null;
}

/** `said` is how the log itself ends, before the builder's word. */
export function fallbackClass(phase: string | null, said: Distillation["outcome"]): FailureClass {
  if (said === "succeeded") return "infrastructure";
  if (phase?.endsWith("-depends")) return "missing-dep";
  return (phase === null ? undefined : BY_PHASE[phase]) ?? "unknown";
}

/** What an account is given of. */
interface Account {
  cause: Sighting | null;
  tie: Tie | null;
  outcome: Distillation["outcome"];
  phase: string | null;
  said: Distillation["outcome"];
  configLog: ConfigLogSlice | null;
  /** Of the whole log. */
  bytes: number;
}

/** A sentence or two for a person: what was taken as the cause, on which grounds, and where else to look. */
export function explain(account: Account, terminals: readonly Sighting[]): string {
  const { cause, outcome, phase, said, configLog } = account;
  const where = phase === null ? "" : ` in phase ${phase}`;
  if (outcome === "succeeded") return "The log ends in success, so nothing in it is taken as a cause.";
  if (account.bytes === 0)
    return `There is no log, or an empty one: nothing is known of what failed${where}.`;
  if (!cause && said === "succeeded") {
    return `Every phase in the log succeeded, yet the builder reports a failure${where}: look in the builder's own log.`;
  }
  const end = terminals[0];
  if (!cause) {
    const gaveUp = end ? ` It gives up at line ${end.finding.line}.` : "";
    return `The log does not hold its cause${where}.${gaveUp} ${elsewhere(phase)}`;
  }
  const { finding, repeats } = cause;
  const text = `Line ${finding.line}${where}: ${describeKind(finding.kind).replace(/ \{.*\}$/, "")}.`;
  const often = repeats.count > 1 ? ` Said ${repeats.count} times.` : "";
  const doubt = cause.doubtful ? " The line may only quote a command or a probe." : "";
  const look = finding.kind === "configure-elsewhere" || finding.kind === "command-not-run";
  return (
    text +
    often +
    pathToEnd(account.tie, terminals) +
    doubt +
    (configLog ? quoted(configLog) : look ? ` ${elsewhere(phase)}` : "")
  );
}

/** How the build came from the cause to its end. */
function pathToEnd(tie: Tie | null, terminals: readonly Sighting[]): string {
  const gaveUp = tie?.terminal ?? terminals[0];
  if (!gaveUp) return "";
  const { line, captures } = gaveUp.finding;
  if (tie?.kind === "block")
    return ` It is output of a command that ninja says failed; the build stops at line ${line}.`;
  const over = tie?.kind === "named" && captures.target ? ` over ${captures.target}` : "";
  return ` The build gives up${over} at line ${line}.`;
}

function quoted({ check, lines, reason }: ConfigLogSlice): string {
  const at = lines.at(-1)?.line ?? 0;
  const what = check === "" ? "" : ` while checking ${check}`;
  const why = reason ? `: line ${reason.line} there says "${reason.text}"` : "";
  return ` By config.log it stopped at line ${at}${what}${why}.`;
}

function elsewhere(phase: string | null): string {
  if (phase === "configure" || phase === null) {
    return "The reason stands in config.log (or CMakeFiles/CMakeError.log, meson-log.txt) of the build folder.";
  }
  return "Look at the command before the end, and build again with one job and verbose output.";
}
