import type { FailureClass } from "../protocol/index.ts";

export interface FailureFacts {
  signature: string;
  classification: FailureClass;
  phase: string | null;
}

/** Phases of which one or another may be named for the same failure, as builders run and name them differently. */
const phaseGroups: readonly (readonly string[])[] = [
  ["check-sanity", "pkg-depends", "setup"],
  ["fetch-depends", "fetch", "checksum", "extract-depends", "extract"],
  ["patch-depends", "patch"],
  ["build-depends", "lib-depends", "run-depends"],
  ["configure", "build"],
  ["stage", "stage-qa", "check-plist", "package", "install"],
];

/**
 * null when two failures are the same: one signature, or, as a signature may miss what a builder words
 * differently, one class in one group of phases. Otherwise what differs, in words.
 */
export function sameFailure(expected: FailureFacts, found: FailureFacts): string | null {
  if (expected.signature !== "" && expected.signature === found.signature) return null;
  const alike = expected.classification === found.classification && expected.classification !== "unknown";
  if (alike && sameGroup(expected.phase, found.phase)) return null;
  const words = (facts: FailureFacts) => `${facts.classification} in ${facts.phase ?? "an unknown phase"}`;
  return `the case is ${words(expected)}, but a clean environment gives ${words(found)}`;
}

function sameGroup(a: string | null, b: string | null): boolean {
  if (a === b) return true;
  return phaseGroups.some((group) => a !== null && b !== null && group.includes(a) && group.includes(b));
}
