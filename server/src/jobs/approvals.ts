import { type Approval, type Case, type NewEvent, PortwrightError } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { until } from "./until.ts";

interface Answer {
  answer: "approve" | "reject";
  /** Id of the approval that is meant; absent for whichever waits. */
  approval?: string | undefined;
  text: string;
  who: string;
}

/**
 * Answers the call that waits for a person, also while its attempt waits for the next server. Throws PortwrightError
 * badState when none waits, or another one than is meant.
 */
export function answerCall(
  store: Store,
  subject: Case,
  { answer, approval: id, text, who }: Answer,
  now: () => number,
): Approval {
  return store.transact(() => {
    const waiting = store.approvalsOf(subject.id).find(isWaiting);
    if (waiting === undefined)
      throw new PortwrightError("badState", `no call of an attempt at ${subject.origin} waits for an answer`);
    if (id !== undefined && id !== waiting.id)
      throw new PortwrightError(
        "badState",
        `the call that was meant is answered or gone; ${waiting.tool} of turn ${waiting.turn} waits now`,
      );
    const state = answer === "approve" ? "approved" : "rejected";
    const answered: Approval = { ...waiting, state, who, text, answeredAt: now() };
    return { events: [approvalChanged(answered)], value: answered };
  });
}

export const isWaiting = ({ state }: Approval): boolean => state === "waiting";

export const approvalChanged = (payload: Approval): NewEvent => ({ type: "approval/changed", payload });

/** Those that nobody has to answer any more. */
export const dropped = (approvals: readonly Approval[]): NewEvent[] =>
  approvals.map((one) => approvalChanged({ ...one, state: "dropped" }));

/** Settles with the answer; rejects with the signal's reason. */
export function untilAnswered(store: Store, waiting: Approval, signal: AbortSignal): Promise<Approval> {
  const answered = () =>
    store.approvalsOf(waiting.caseId).find((one) => one.id === waiting.id && !isWaiting(one));
  return until(store, answered, signal);
}
