import type { AccumulatedAnswer } from "./accumulate.ts";
import { ModelError } from "./error.ts";
import { scrub } from "./failure.ts";
import type { Completion } from "./types.ts";
import { normaliseUsage } from "./usage.ts";

/** How an answer ended; null when another try may give a whole answer. Throws ModelError for an ending that we do not know. */
export function finishOf(
  { finish, calls, usage }: AccumulatedAnswer,
  key: string,
): Completion["finish"] | null {
  switch (finish) {
    case null:
      // Without its last word an answer was cut, unless the usage, which comes last, is there.
      if (normaliseUsage(usage) === null) return null;
      return calls.length > 0 ? "calls" : "stop";
    case "stop":
    case "end":
    case "end_turn":
    case "eos":
    case "tool_calls":
    case "tool_use":
    case "function_call":
      return calls.length > 0 ? "calls" : "stop";
    case "length":
    case "max_tokens":
    case "model_length":
      return "length";
    case "network_error":
    case "error":
    case "engine_overloaded":
      return null;
    case "model_context_window_exceeded":
      throw new ModelError("overflow", "The conversation no longer fits the model's context.");
    case "content_filter":
    case "safety":
      throw new ModelError("refused", `The endpoint's filter stopped the answer (${finish}).`);
    default: {
      const name = scrub(finish, key).slice(0, 100);
      throw new ModelError(
        "finish",
        `The endpoint ended its answer with "${name}", which is not known here.`,
      );
    }
  }
}
