import { type Bundle, FailureClass, type Usage } from "../../protocol/index.ts";
import { frame, frameRule } from "../briefing/frame.ts";
import { ModelError } from "../model/error.ts";
import type { RecordedModel } from "../model/prices.ts";
import type { Message, ModelProvider } from "../model/types.ts";
import { fitBytes } from "../tools/text.ts";
import { type ModelAnswer, readAnswer } from "./answer.ts";

/** What an answer used; `answeredBy` is who gave it in the model's place. */
export interface AnswerUse {
  usage: Usage;
  answeredBy?: RecordedModel | undefined;
}

export interface Question {
  model: ModelProvider;
  prompt: string;
  bundle: Bundle;
  /** What the porter wrote; "" when nothing. */
  context: string;
  /** Unguessable; the fence of untrusted text carries it. */
  nonce: string;
  /** Takes secrets out of what the model is told. */
  redact: (text: string) => string;
  /** Takes in one a turn that was answered, or whose answer broke off, also where the question is cancelled. */
  answers: AnswerUse[];
  signal: AbortSignal;
}

export interface Asked {
  /** null when no answer could be used. */
  answer: ModelAnswer | null;
  /** What went wrong on the way, for the person who reads the case. */
  problems: string[];
}

const maxOutputTokens = 4096;
const extractBytes = 9000;

/**
 * Asks a model for a diagnosis, and once more when its answer cannot be taken as it is. A model that fails leaves the
 * rules' own diagnosis standing; only a cancellation is thrown.
 */
export async function askModel(question: Question): Promise<Asked> {
  const { model, bundle, answers, redact, signal } = question;
  // What the model is not shown it cannot quote.
  const extract = fitBytes(redact(bundle.diagnosis.extract).trimEnd(), extractBytes);
  const messages: Message[] = [
    { role: "system", content: `${question.prompt.trim()}\n\nClasses: ${FailureClass.options.join(", ")}` },
    { role: "user", content: opening(question, extract) },
  ];
  const asked: Asked = { answer: null, problems: [] };
  const lost = (usage: Usage, answeredBy?: RecordedModel) => void answers.push({ usage, answeredBy });
  for (let turn = 1; turn <= 2; turn += 1) {
    let text: string;
    try {
      const completion = await model.complete({ messages, tools: [], maxOutputTokens, signal, lost });
      const { usage, answeredBy } = completion;
      answers.push({ usage, ...(answeredBy !== undefined && { answeredBy }) });
      text = completion.text;
      messages.push({
        role: "assistant",
        content: text || "(no answer)",
        reasoning: completion.reasoning,
        calls: [],
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ModelError)) throw error;
      asked.problems.push(`the model could not be asked: ${error.userMessage}`);
      return asked;
    }
    const { answer, faults } = readAnswer(text, extract);
    asked.answer = answer ?? asked.answer;
    if (faults.length === 0) return asked;
    asked.problems.push(`answer ${turn} of the model: ${faults.join("; ")}`);
    messages.push({
      role: "user",
      content: `The answer cannot be taken: ${faults.join("; ")}. Answer again with the corrected JSON object alone.`,
    });
  }
  return asked;
}

function opening({ bundle, context, nonce, redact }: Question, extract: string): string {
  const { diagnosis } = bundle;
  const facts = [
    `origin: ${bundle.origin}${bundle.flavor === "" ? "" : `@${bundle.flavor}`}`,
    `target: ${bundle.target}`,
    `phase: ${diagnosis.phase ?? "unknown"}`,
    `rules say: ${diagnosis.classification}, ${diagnosis.confidence} confidence: ${diagnosis.reason}`,
  ].join("\n");
  return [
    frameRule(nonce),
    frame("data", "Case", fitBytes(redact(facts), 2000), nonce),
    ...(context.trim() === ""
      ? []
      : [frame("porter", "What the porter says", fitBytes(redact(context), 4000), nonce)]),
    frame("data", "Extract of the log", extract, nonce),
  ].join("\n\n");
}
