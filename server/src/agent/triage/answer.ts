import { z } from "zod";
import { Confidence, FailureClass, Platform } from "../../protocol/index.ts";

/** What a model must answer, as the triage prompt says it. */
const ModelAnswer = z.object({
  classification: FailureClass,
  confidence: Confidence,
  platform: Platform,
  rootCause: z.string().min(1).max(2000),
  evidence: z.array(z.string().min(1).max(1000)).min(1).max(5),
  suggestedFix: z.string().max(2000),
});
export type ModelAnswer = z.infer<typeof ModelAnswer>;

/** A model's answer with what is wrong with it, in words that it can act on; `answer` is null when it cannot be read. */
export interface ReadAnswer {
  answer: ModelAnswer | null;
  faults: string[];
}

/** Characters that a quotation has at least: a blank, or a letter, stands in every log. */
const leastQuote = 6;

/** Reads the JSON object of an answer, fenced or not, and checks that its evidence stands in the extract as it was shown. */
export function readAnswer(text: string, extract: string): ReadAnswer {
  const from = text.indexOf("{");
  const to = text.lastIndexOf("}");
  if (from < 0 || to < from) return { answer: null, faults: ["it holds no JSON object"] };
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, to + 1));
  } catch (error) {
    return { answer: null, faults: [`it is not JSON: ${(error as Error).message}`] };
  }
  const parsed = ModelAnswer.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues
      .slice(0, 6)
      .map((issue) => `${issue.path.join(".") || "answer"}: ${issue.message}`);
    return { answer: null, faults };
  }
  const held = squeeze(extract);
  const quotes = (words: string): boolean => words.length >= leastQuote && held.includes(words);
  const evidence = parsed.data.evidence.filter((line) => quotes(squeeze(line)));
  const invented = parsed.data.evidence.filter((line) => !evidence.includes(line));
  return {
    answer: { ...parsed.data, evidence, ...(evidence.length === 0 && { confidence: "low" as const }) },
    faults: invented.map(
      (line) =>
        `evidence: this line is not in the extract, or says too little: ${JSON.stringify(line.slice(0, 200))}`,
    ),
  };
}

/** Line numbers of an extract (`12| text`) and runs of blanks are no part of what a line says. */
const squeeze = (text: string): string =>
  text
    .replace(/^\s*\d+\|/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
