/** Faults that no further try mends by itself. */
export const problems = [
  "commandNotFound",
  "serverStartFailed",
  "serverTooOld",
  "serverTooNew",
  /** None of our keys and passwords lets us in. */
  "keyRefused",
  /** The host shows another key than before, or one that is revoked. */
  "hostKeyChanged",
  /** A person did not accept the host's key. */
  "hostKeyUnknown",
  /** The configuration of SSH asks for what only OpenSSH can do. */
  "sshUnsupported",
] as const;
export type Problem = (typeof problems)[number];

/** `failures` are the connections lost or refused in a row; a minute of health forgets them. */
export type ConnectionState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly failures: number }
  | { readonly name: "connected"; readonly failures: number }
  | { readonly name: "waiting"; readonly failures: number; readonly reason: string }
  | { readonly name: "stopped"; readonly problem: Problem; readonly reason: string };

export type ConnectionAction =
  /** A person, or the start, wants a connection now. */
  | { readonly type: "connect" }
  /** The pause after a failure is over. */
  | { readonly type: "retry" }
  | { readonly type: "opened" }
  /** Healthy for `healthyMs`. */
  | { readonly type: "settled" }
  | { readonly type: "lost"; readonly reason: string; readonly problem: Problem | null }
  | { readonly type: "disconnect" };

export const healthyMs = 60_000;
export const pingMs = 15_000;
/** A ping unanswered for that long means that the other end is dead. */
export const deadMs = 45_000;
const firstDelayMs = 250;
const longestDelayMs = 30_000;
const jitter = 0.1;

/** The state after `action`; the same object where the action means nothing to it. */
export function reduceConnection(state: ConnectionState, action: ConnectionAction): ConnectionState {
  switch (action.type) {
    case "connect":
      return state.name === "connecting" || state.name === "connected"
        ? state
        : { name: "connecting", failures: 0 };
    case "retry":
      return state.name === "waiting" ? { name: "connecting", failures: state.failures } : state;
    case "opened":
      return state.name === "connecting" ? { name: "connected", failures: state.failures } : state;
    case "settled":
      return state.name === "connected" && state.failures > 0 ? { name: "connected", failures: 0 } : state;
    case "lost":
      if (state.name !== "connecting" && state.name !== "connected") return state;
      return action.problem
        ? { name: "stopped", problem: action.problem, reason: action.reason }
        : { name: "waiting", failures: state.failures + 1, reason: action.reason };
    case "disconnect":
      return state.name === "idle" ? state : { name: "idle" };
  }
}

/** Worst last. */
const severity: readonly ConnectionState["name"][] = [
  "connected",
  "connecting",
  "idle",
  "waiting",
  "stopped",
];

/** Of several connections; null when there is none. */
export function worstState(states: readonly ConnectionState[]): ConnectionState | null {
  return states.toSorted((a, b) => severity.indexOf(b.name) - severity.indexOf(a.name))[0] ?? null;
}

/** By what commands are offered: of several connections one that stands is enough. */
export function usableState(states: readonly ConnectionState[]): ConnectionState | null {
  return states.find(({ name }) => name === "connected") ?? worstState(states);
}

/** Pause before the next try: 250 ms after the first failure, doubling to 30 s, 10 % to either side. */
export function retryDelayMs(failures: number, random: () => number): number {
  const delay = Math.min(firstDelayMs * 2 ** Math.min(failures - 1, 30), longestDelayMs);
  return Math.round(delay * (1 - jitter + 2 * jitter * random()));
}
