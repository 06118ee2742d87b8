import type { Recipe } from "../../policy/recipe.ts";
import type { CallRequest, Completion, Message, ModelProvider } from "../model/types.ts";
import { noUsage } from "../model/usage.ts";
import { parseResult } from "../tools/result.ts";
import type { AttemptRequest } from "../types.ts";
import { repair } from "./repair.ts";
import type { Answer, PlannedTurn } from "./script.ts";

/**
 * The rule book as a model: it answers a conversation with the next calls of its recipes, at no tokens. It keeps
 * nothing between turns; each answer follows from the messages alone, so an attempt can go on after a restart.
 */
export function createRecipeProvider(
  request: Pick<AttemptRequest, "subject" | "bundle">,
  recipes: readonly Recipe[],
): ModelProvider {
  return {
    name: "recipes",
    model: "recipes",
    async complete({ messages, signal, watch }) {
      signal.throwIfAborted();
      const script = repair(recipes, { origin: request.subject.origin, diagnosis: request.bundle.diagnosis });
      let next = script.next();
      let number = 1;
      for (const answers of answeredTurns(messages)) {
        if (next.done === true) break;
        next = script.next(answers);
        number += 1;
      }
      const answer = next.done === true ? closing : completion(next.value, number);
      watch?.delta(answer);
      return answer;
    },
  };
}

const closing: Completion = {
  text: "Nothing is left to do.",
  reasoning: "",
  calls: [],
  finish: "stop",
  usage: noUsage,
};

function completion(turn: PlannedTurn, number: number): Completion {
  const calls = turn.calls.map((call, index) => ({
    id: `recipe-${number}-${index + 1}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  return { text: turn.say, reasoning: "", calls, finish: "calls", usage: noUsage };
}

/** The answers to each assistant turn that made calls, in the order of the calls. */
function answeredTurns(messages: readonly Message[]): Answer[][] {
  const results = new Map<string, string>();
  for (const message of messages) if (message.role === "tool") results.set(message.callId, message.content);
  return messages.flatMap((message) =>
    message.role === "assistant" && message.calls.length > 0
      ? [message.calls.map((call) => answerTo(call, results.get(call.id)))]
      : [],
  );
}

function answerTo(call: CallRequest, content: string | undefined): Answer {
  if (content === undefined)
    return { ok: false, facts: { error: `${call.name} was not answered` }, body: "" };
  try {
    const { facts, body } = parseResult(content);
    return { ok: facts.ok, facts, body };
  } catch (cause) {
    // A word of the loop in place of a result; the script treats it as a refusal and says so in its account.
    const error = cause instanceof SyntaxError ? content.slice(0, 300) : String(cause);
    return { ok: false, facts: { error }, body: "" };
  }
}
