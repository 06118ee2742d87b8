import { expect, it } from "vitest";
import { type FailureFacts, sameFailure } from "../../../server/src/proof/sameFailure.ts";

const facts = (signature: string, classification: FailureFacts["classification"], phase: string | null) => ({
  signature,
  classification,
  phase,
});

it.each<[string, FailureFacts, FailureFacts, boolean]>([
  ["one signature", facts("s1", "compile-error", "build"), facts("s1", "link-error", "stage"), true],
  ["class and phase", facts("s1", "compile-error", "build"), facts("s2", "compile-error", "build"), true],
  [
    "class and group of phases",
    facts("s1", "plist-error", "check-plist"),
    facts("s2", "plist-error", "stage"),
    true,
  ],
  ["two empty signatures", facts("", "compile-error", "build"), facts("", "link-error", "build"), false],
  ["another class", facts("s1", "compile-error", "build"), facts("s2", "link-error", "build"), false],
  [
    "another group",
    facts("s1", "missing-dep", "configure"),
    facts("s2", "missing-dep", "lib-depends"),
    false,
  ],
  ["unknown twice", facts("s1", "unknown", "build"), facts("s2", "unknown", "build"), false],
  ["no phase on one side", facts("s1", "compile-error", null), facts("s2", "compile-error", "build"), false],
])("%s", (_, expected, found, same) => {
  expect(sameFailure(expected, found) === null).toBe(same);
});
