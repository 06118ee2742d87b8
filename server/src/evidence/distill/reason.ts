import type { FailureClass } from "../../protocol/index.ts";
import { describeKind } from "./kinds.ts";
import type { Distillation, Sighting } from "./types.ts";

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

/** `said` is how the log itself ends, before the builder's word. */
export function fallbackClass(phase: string | null, said: Distillation["outcome"]): FailureClass {
  if (said === "succeeded") return "infrastructure";
  if (phase?.endsWith("-depends")) return "missing-dep";
  return (phase === null ? undefined : BY_PHASE[phase]) ?? "unknown";
}

/** A sentence or two for a person: what was taken as the cause, on which grounds, and where else to look. */
export function explain(
  cause: Sighting | null,
  outcome: Distillation["outcome"],
  phase: string | null,
  said: Distillation["outcome"],
  bytes: number,
  terminals: readonly Sighting[],
): string {
  const where = phase === null ? "" : ` in phase ${phase}`;
  if (outcome === "succeeded") return "The log ends in success, so nothing in it is taken as a cause.";
  if (bytes === 0) return `There is no log, or an empty one: nothing is known of what failed${where}.`;
  if (!cause && said === "succeeded") {
    return `Every phase in the log succeeded, yet the builder reports a failure${where}: look in the builder's own log.`;
  }
  const end = terminals[0];
  if (!cause) {
    const gaveUp = end ? ` It gives up at line ${end.finding.line}.` : "";
    return `The log does not hold its cause${where}.${gaveUp} ${elsewhere(phase)}`;
  }
  const { finding, count } = cause;
  const text = `Line ${finding.line}${where}: ${describeKind(finding.kind).replace(/ \{.*\}$/, "")}.`;
  const repeats = count > 1 ? ` Said ${count} times.` : "";
  const path = end ? ` The build gives up at line ${end.finding.line}.` : "";
  const doubt = cause.doubtful ? " The line may only quote a command or a probe." : "";
  const look =
    finding.kind === "configure-elsewhere" || finding.kind === "command-not-run"
      ? ` ${elsewhere(phase)}`
      : "";
  return text + repeats + path + doubt + look;
}

function elsewhere(phase: string | null): string {
  if (phase === "configure" || phase === null) {
    return "The reason stands in config.log (or CMakeFiles/CMakeError.log, meson-log.txt) of the build folder.";
  }
  return "Look at the command before the end, and build again with one job and verbose output.";
}
