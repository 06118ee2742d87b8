import type { Usage } from "../../protocol/index.ts";
import type { RecordedModel } from "../model/prices.ts";

/**
 * Looks at the prompt tokens that an endpoint counted; words when it cut the conversation, else null. `by` is who answered in
 * the model's place: each counts in its own way.
 */
export type TruncationAlarm = (usage: Usage, estimate: number, by?: RecordedModel) => string | null;

const ENOUGH = 0.8;
const nothing = { counted: 0, estimate: 0 };

/**
 * Some endpoints (Ollama, z.ai) cut what is too long for them and say nothing. A count far below our estimate shows it; as
 * an estimate may be high, one that is a little below has to have stood still too while the conversation grew. A count that
 * shrinks is proof by itself.
 */
export function createTruncationAlarm(): TruncationAlarm {
  let before = { ...nothing, who: "" };
  return (usage, estimate, by) => {
    const who = by === undefined ? "" : `${by.provider} ${by.model}`;
    const counted = usage.estimated ? 0 : usage.uncachedTokens + usage.cachedTokens;
    const last = before.who === who ? before : nothing;
    before = { counted, estimate, who };
    if (counted === 0) return null;
    const grown = estimate - last.estimate;
    const stoodStill = last.counted > 0 && counted - last.counted < grown / 2;
    const isShort = counted < estimate * ENOUGH && (stoodStill || counted < estimate / 2);
    const shrank = counted < last.counted * ENOUGH;
    if (!isShort && !shrank) return null;
    const than = shrank ? `${last.counted} the turn before` : `an estimate of ${estimate}`;
    return (
      `The endpoint counted ${counted} prompt tokens after ${than}: it cuts long conversations without saying so. ` +
      "Raise its context length (Ollama: num_ctx), or use another model."
    );
  };
}
