import type { CallRequest } from "../model/types.ts";
import { renderResult, withFacts } from "../tools/result.ts";
import { effectOf } from "../tools/toolbox.ts";
import { refuse } from "../tools/types.ts";
import type { Execute } from "./calls.ts";
import type { WallClock } from "./clock.ts";

/** A person's word about single calls. */
export interface Consent {
  isNeeded(call: CallRequest): boolean;
  /** Settles when a person has answered; rejects when the attempt is ended. */
  answer(call: CallRequest): Promise<{ approved: boolean; text: string }>;
}

interface Consenting {
  consent: Consent;
  clock: Pick<WallClock, "standStill">;
  present: (text: string) => string;
}

/** Runs a call that needs it only with a person's consent; to wait for that costs the attempt no time. */
export function withConsent(execute: Execute, { consent, clock, present }: Consenting): Execute {
  return async (call) => {
    if (!consent.isNeeded(call)) return execute(call);
    const { approved, text } = await clock.standStill(() => consent.answer(call));
    const said: Record<string, string> = text === "" ? {} : { porter: present(text) };
    if (approved) {
      const executed = await execute(call);
      return { ...executed, content: withFacts(executed.content, said) };
    }
    const words = "not executed: the porter does not let this call be made";
    const content = renderResult(refuse(text === "" ? words : `${words}, and says why in "porter"`, said));
    return { ok: false, content, spill: null, effect: effectOf(call.name) };
  };
}
