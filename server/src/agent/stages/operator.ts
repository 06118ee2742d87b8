import { untilResumed } from "../../jobs/pause.ts";
import type { JobContext } from "../../jobs/types.ts";
import type { Attempt, NewEvent, Steering } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { Operator } from "../loop/operator.ts";

/** What waits in the store for this attempt. The rule book is deaf: it leaves what is said to the model after it. */
export function operatorOf(store: Store, context: JobContext, attempt: Attempt, isDeaf: boolean): Operator {
  let given: Steering[] = [];
  return {
    held: context.held,
    goAhead: () => context.standAside(() => untilResumed(store, context.job.id, context.signal)),
    words(atEdge) {
      const waiting = store.steeringsOf(attempt.caseId).filter(({ state }) => state === "waiting");
      given = isDeaf ? [] : waiting.filter(({ mode }) => atEdge || mode === "steer");
      return given.map(({ text }) => text);
    },
    told(turn) {
      if (given.length > 0)
        context.append(
          ...given.map((one) => changed({ ...one, attemptId: attempt.id, state: "delivered", turn })),
        );
      given = [];
    },
  };
}

/** What an attempt was told after its last turn of those that count: with these it died, and it has to be told again. */
export function untold(store: Store, attempt: Attempt, lastTurn = 0): NewEvent[] {
  return store
    .steeringsOf(attempt.caseId)
    .filter(({ attemptId, state }) => attemptId === attempt.id && state === "delivered")
    .filter(({ turn }) => (turn ?? 0) > lastTurn)
    .map((one) => changed({ ...one, attemptId: null, state: "waiting", turn: null }));
}

const changed = (payload: Steering): NewEvent => ({ type: "steering/changed", payload });
