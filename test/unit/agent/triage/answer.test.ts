import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAnswer } from "../../../../server/src/agent/triage/answer.ts";

const extract =
  "  12| cc -c a.c\n  13| a.c:3:1: error: unknown   type name 'widget'\n...\n  20| *** Error code 1\n";
const good = {
  classification: "compile-error",
  confidence: "medium",
  platform: "generic",
  rootCause: "widget is not declared",
  evidence: ["a.c:3:1: error: unknown type name 'widget'"],
  suggestedFix: "include widget.h",
};

describe("readAnswer", () => {
  test.each([
    ["bare", JSON.stringify(good)],
    [
      "fenced and with words about it",
      `Here it is:\n\`\`\`json\n${JSON.stringify(good, null, 2)}\n\`\`\`\nDone.`,
    ],
  ])("reads a %s object", (_name, text) => {
    expect(readAnswer(text, extract)).toEqual({ answer: good, faults: [] });
  });

  test("takes evidence with the extract's line number for the line itself", () => {
    const text = JSON.stringify({ ...good, evidence: ["13| a.c:3:1: error: unknown   type name 'widget'"] });
    expect(readAnswer(text, extract).faults).toEqual([]);
  });

  test.each([
    ["no object", "I cannot say.", "it holds no JSON object"],
    ["broken JSON", '{"classification": }', "it is not JSON"],
    ["reasons in an enum", JSON.stringify({ ...good, confidence: "high - because" }), "confidence: "],
    ["a class of its own", JSON.stringify({ ...good, classification: "weird" }), "classification: "],
    ["no evidence", JSON.stringify({ ...good, evidence: [] }), "evidence: "],
  ])("says what is wrong with %s", (_name, text, fault) => {
    const read = readAnswer(text, extract);
    expect(read.answer).toBeNull();
    expect(read.faults[0]).toContain(fault);
  });

  test("drops lines that are not in the extract, and all trust when none is left", () => {
    const invented = { ...good, confidence: "high", evidence: ["b.c:1: error: nothing of the kind"] };
    expect(readAnswer(JSON.stringify(invented), extract)).toEqual({
      answer: { ...invented, evidence: [], confidence: "low" },
      faults: [expect.stringContaining("is not in the extract")],
    });
  });

  test.each([" ", "13|", "e", "***"])("takes %j for no line, though it stands in every log", (line) => {
    const read = readAnswer(JSON.stringify({ ...good, evidence: [...good.evidence, line] }), extract);
    expect(read.answer?.evidence).toEqual(good.evidence);
    expect(read.faults).toEqual([expect.stringContaining("says too little")]);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, log) => {
        expect(readAnswer(`{${text}}`, log).faults).toBeDefined();
      }),
    );
  });
});
