import type { EndpointHealth } from "../../protocol/index.ts";
import type { ModelErrorReason } from "./error.ts";

/** What is known of an endpoint. */
export interface BreakerState extends Omit<EndpointHealth, "endpoint"> {
  /** Times in a row that it was found down. */
  openings: number;
}

export type BreakerEvent =
  | { type: "asked" }
  /** It answered, be it with a refusal. */
  | { type: "alive" }
  | { type: "failed"; problem: string }
  /** A call ended without saying anything of the endpoint. */
  | { type: "left" };

const FAILURES = 5;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 15 * 60_000;

export const healthy: BreakerState = {
  state: "closed",
  failures: 0,
  openings: 0,
  retryAt: null,
  problem: "",
};

export function transition(state: BreakerState, event: BreakerEvent, now: number): BreakerState {
  switch (event.type) {
    case "asked":
      return isResting(state, now) || state.state === "closed" ? state : { ...state, state: "half-open" };
    case "alive":
      return healthy;
    case "left":
      return state.state === "half-open" ? { ...state, state: "open" } : state;
    case "failed": {
      const failed = { ...state, failures: state.failures + 1, problem: event.problem };
      // A call that began before it was found down says nothing new.
      if (state.state === "open" || (state.state === "closed" && failed.failures < FAILURES)) return failed;
      const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** state.openings);
      return { ...failed, state: "open", openings: state.openings + 1, retryAt: now + restMs };
    }
  }
}

/** Whether a call that begins now is refused. */
const isResting = ({ state, retryAt }: BreakerState, now: number): boolean =>
  state === "half-open" || (state === "open" && now < (retryAt ?? 0));

/** Whether a failed try says that the endpoint is down, and not that it does not like what it was asked. */
export const isTrouble = (reason: ModelErrorReason): boolean =>
  reason === "unavailable" || reason === "timeout" || reason === "cut";

export interface Breaker {
  /** Why the endpoint is not asked now; null when it may be, which its caller then has to tell the outcome of. */
  refusal(): string | null;
  tell(event: Exclude<BreakerEvent, { type: "asked" }>): void;
  readonly resting: boolean;
  readonly health: EndpointHealth;
}

/** Keeps every conversation from an endpoint that failed one of them often enough; one an endpoint. */
export function createBreaker(endpoint: string, now: () => number): Breaker {
  let state = healthy;
  return {
    get resting() {
      return isResting(state, now());
    },
    get health() {
      const { openings: _, ...known } = state;
      return { endpoint, ...known };
    },
    refusal() {
      if (isResting(state, now())) return restText({ endpoint, ...state });
      state = transition(state, { type: "asked" }, now());
      return null;
    },
    tell(event) {
      state = transition(state, event, now());
    },
  };
}

/** The same of one that nobody may ask now; else null. Asking for it is no call. */
export const whyRests = ({ resting, health }: Breaker): string | null => (resting ? restText(health) : null);

/** Why nobody asks an endpoint, and when that ends. */
export function restText({ endpoint, state, failures, retryAt, problem }: EndpointHealth): string {
  const until =
    state === "half-open" || retryAt === null
      ? "while one call tries it again"
      : `until ${new Date(retryAt).toISOString().slice(11, 19)} UTC, when one call tries it again`;
  return `${endpoint} failed ${failures} times in a row and is left alone ${until}. It said: ${problem || "nothing"}`;
}
