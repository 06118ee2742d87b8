import type { RecipeUse } from "../../protocol/index.ts";
import type { CallRequest, Completion, Message, ModelProvider } from "../model/types.ts";
import { noUsage } from "../model/usage.ts";
import { NotResumable } from "../replay/notResumable.ts";
import { parseResult } from "../tools/result.ts";
import type { AttemptRequest } from "../types.ts";
import type { RuleBook } from "./book.ts";
import { repair, type Trial } from "./repair.ts";
import type { Answer, PlannedTurn } from "./script.ts";
import type { PluginSteps } from "./steps/plugin.ts";

/**
 * The rule book as a model: it answers a conversation with the next calls of its recipes, at no tokens. It keeps
 * nothing between turns; each answer follows from the messages alone, so an attempt can go on after a restart. Throws
 * NotResumable for a conversation that another rule book began.
 */
export function createRecipeProvider(
  request: Pick<AttemptRequest, "subject" | "bundle" | "kin">,
  book: RuleBook,
  /** Told after each answer what the recipes so far came to. */
  onUses: (uses: RecipeUse[]) => void = () => {},
  pluginSteps: PluginSteps = new Map(),
): ModelProvider {
  return {
    name: "recipes",
    model: "recipes",
    async complete({ messages, signal, watch }) {
      signal.throwIfAborted();
      const trials: Trial[] = [];
      const { origin } = request.subject;
      const { diagnosis } = request.bundle;
      const script = repair(book, { origin, diagnosis, kin: request.kin, pluginSteps }, trials);
      let next = script.next();
      let number = 1;
      for (const { calls, answers } of answeredTurns(messages)) {
        if (next.done === true || !isSame(calls, completion(next.value, number).calls))
          throw diverged(number);
        next = script.next(answers);
        number += 1;
      }
      onUses(usesIn(trials));
      const answer = next.done === true ? closing : completion(next.value, number);
      watch?.delta(answer);
      return answer;
    },
  };
}

const usesIn = (trials: readonly Trial[]): RecipeUse[] =>
  trials.flatMap(({ recipe, classification, end }) =>
    end === null ? [] : [{ id: recipe.id, classification, end }],
  );

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

const isSame = (made: readonly CallRequest[], planned: readonly CallRequest[]): boolean =>
  made.length === planned.length &&
  made.every(
    ({ name, arguments: args }, at) => name === planned[at]?.name && args === planned[at]?.arguments,
  );

/** Recipes that changed, or outcomes that made one less sure, since the attempt began. */
const diverged = (number: number): NotResumable =>
  new NotResumable(`the rule book would have done something else in turn ${number} by now`);

/** Each assistant turn that made calls, with their answers in the order of the calls. */
function answeredTurns(messages: readonly Message[]): { calls: readonly CallRequest[]; answers: Answer[] }[] {
  const results = new Map<string, string>();
  for (const message of messages) if (message.role === "tool") results.set(message.callId, message.content);
  return messages.flatMap((message) =>
    message.role === "assistant" && message.calls.length > 0
      ? [{ calls: message.calls, answers: message.calls.map((call) => answerTo(call, results.get(call.id))) }]
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
