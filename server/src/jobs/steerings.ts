import { type Case, PortwrightError, type Steering, type SteeringMode } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/** States in which nobody works on a case any more, so that what a person said meanwhile is told to nobody. */
const over: readonly Case["state"][] = ["accepted", "delivered", "closed"];

/** Words that may wait for one case. */
const mostWaiting = 50;

interface SteerRequest {
  text: string;
  mode: SteeringMode;
  who: string;
}

/**
 * Keeps what a person says to the work on a case. Throws PortwrightError badState where nobody would be told: to steer
 * takes an attempt of a model that runs, to queue a case that is still worked on.
 */
export function steerWork(
  store: Store,
  subject: Case,
  { text, mode, who }: SteerRequest,
  { now, newId }: { now: () => number; newId: () => string },
): Steering {
  return store.transact(() => {
    const { id, origin, state } = subject;
    if (over.includes(state))
      throw new PortwrightError("badState", `${origin} is ${state}: no attempt will hear of it`);
    const running = store.attemptsOf(id).find(({ endedAt }) => endedAt === null);
    if (mode === "steer" && running === undefined)
      throw new PortwrightError(
        "badState",
        `no attempt at ${origin} runs: queue it for the next one instead`,
      );
    if (mode === "steer" && running?.provider === "recipes")
      throw new PortwrightError(
        "badState",
        `rules repair ${origin} now and read nothing: queue it for the model's attempt instead`,
      );
    const waiting = store.steeringsOf(id).filter((one) => one.state === "waiting");
    if (waiting.length >= mostWaiting)
      throw new PortwrightError("badState", `${waiting.length} words wait for ${origin} already`);
    const attemptId = mode === "steer" ? (running?.id ?? null) : null;
    const steering: Steering = {
      ...{ id: newId(), caseId: id, attemptId, who, text, mode },
      ...{ state: "waiting", turn: null, at: now() },
    };
    return { events: [{ type: "steering/changed", payload: steering }], value: steering };
  });
}

/** Drops what waits to be told about such cases, at start too: a server may have ended in between. */
export function dropUntold(store: Store): Disposable {
  const drop = (untold: readonly Steering[]) => {
    if (untold.length === 0) return;
    store.append(untold.map((one) => ({ type: "steering/changed", payload: { ...one, state: "dropped" } })));
  };
  drop(store.waitingSteerings().filter(({ caseId }) => over.includes(store.case(caseId)?.state ?? "closed")));
  return store.onAppend((events) => {
    for (const { type, payload } of events)
      if (type === "case/changed" && over.includes(payload.state))
        drop(store.steeringsOf(payload.id).filter(({ state }) => state === "waiting"));
  });
}
