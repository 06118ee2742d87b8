import type { LiveChange, SessionLive } from "./entities/live.ts";

/** Bounds of what is kept of a running turn; the whole stands in the stream when the turn has ended. */
const shownCharacters = 64_000;
const shownCalls = 100;
const shownPhases = 100;
const shownLines = 200;

export function newSessionLive(attemptId: string): SessionLive {
  return {
    ...{ attemptId, turn: 0, turnAt: null, text: "", reasoning: "", calls: [] },
    ...{ build: 0, phases: [], log: [], paused: false },
  };
}

/** The same reducer on both sides of the connection, so that a late follower sees what an early one sees. */
export function reduceLive(live: SessionLive, change: LiveChange): SessionLive {
  switch (change.type) {
    case "turn":
      return { ...live, turn: change.turn, turnAt: change.at, text: "", reasoning: "", calls: [] };
    case "text":
      return { ...live, text: (live.text + change.text).slice(-shownCharacters) };
    case "reasoning":
      return { ...live, reasoning: (live.reasoning + change.text).slice(-shownCharacters) };
    case "call": {
      const { id, name, arguments: given, at } = change;
      const call = { id, name, arguments: given, at, ok: null, durationMs: null };
      return { ...live, calls: [...live.calls.filter((one) => one.id !== id), call].slice(-shownCalls) };
    }
    case "called": {
      const { id, ok, durationMs } = change;
      return {
        ...live,
        calls: live.calls.map((call) => (call.id === id ? { ...call, ok, durationMs } : call)),
      };
    }
    case "build":
      return { ...live, build: change.build, phases: [], log: [] };
    case "phase": {
      const { phase, at } = change;
      return live.phases.at(-1)?.phase === phase
        ? live
        : { ...live, phases: [...live.phases, { phase, at }].slice(-shownPhases) };
    }
    case "log":
      return { ...live, log: [...live.log, ...change.lines].slice(-shownLines) };
    case "paused":
      return { ...live, paused: change.paused };
  }
}
