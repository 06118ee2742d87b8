import { expect, test } from "vitest";
import { handOverText } from "../../../../server/src/agent/triage/handOver.ts";
import { diagnosis, finding } from "../recipes/evidence.ts";
import { attempt, bundleOf } from "./sample.ts";

const found = finding("missing-member", { member: "size", type: "struct arena", file: "a.c" });
const given = diagnosis({ classification: "compile-error", findings: [found] });
const subject = { ...bundleOf(given), classification: given.classification, confidence: given.confidence };

test("tells what failed, where the log is, what was tried with which result, and what is next", () => {
  const text = handOverText({
    subject: { ...subject, flavor: "py311" },
    bundle: bundleOf(given, { problems: ["port/distinfo is missing"] }),
    attempts: [attempt({ summary: "No recipe knows this failure.", builds: 0 })],
    words: "",
  });
  expect(text).toBe(`devel/tool@py311 on @2026Q3 needs a person.

What failed: phase build, compile-error (high confidence).
Line 7 of the log says:
    missing-member here

The whole log is logs/full.log of bundle run-1/devel_tool (1234 bytes, SHA-256 ${"a".repeat(64)}).
Mind that port/distinfo is missing.

What was tried:
- attempt 1 by recipes (AUTO): gave-up; 0 builds, 0 tokens
    No recipe knows this failure.

Next:
- A structure lost or renamed a member: read what the library that declares it says about the change (its release notes, UPDATING) and use what took the member's place.
- No model was asked; configure one, or say what you know and let it try: portwright case patch.
`);
});

test("quotes the end of the extract when no cause is known, and says when there is no log", () => {
  const blind = diagnosis({ extract: "  1| a\n  2| the end", reason: "The log does not hold its cause." });
  const text = handOverText({
    subject,
    bundle: bundleOf(blind, { artifacts: [] }),
    attempts: [],
    words: "Why.",
  });
  expect(text).toContain("needs a person.\nWhy.\n");
  expect(text).toContain("The log does not hold its cause.\n      1| a\n      2| the end\n");
  expect(text).toContain("holds no log.");
  expect(text).toContain("Nothing was tried.");
});

test("puts advice and what triage suggests first, and keeps a model's faults in sight", () => {
  const triage = {
    advice: ["Compare the sums."],
    suggestedFix: "Include x.h.",
    problems: ["answer 1: no JSON"],
  };
  const text = handOverText({ subject, bundle: bundleOf(given), attempts: [], words: "", triage });
  expect(text).toContain("In triage, answer 1: no JSON.");
  expect(text.slice(text.indexOf("Next:"))).toMatch(
    /^Next:\n- Compare the sums\.\n- Include x\.h\.\n- A structure/,
  );
});

test("bounds what an attempt has to say", () => {
  const text = handOverText({
    subject,
    bundle: bundleOf(given),
    attempts: [attempt({ summary: "x".repeat(9000) })],
    words: "",
  });
  expect(text.length).toBeLessThan(3000);
});
