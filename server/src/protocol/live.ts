import type { LiveChange, SessionLive } from "./entities/live.ts";

/**
 * Bounds of what is kept of a running turn; the whole stands in the stream when the turn has ended. A state that fills
 * every one of them has at most 256 KiB of JSON.
 */
export const liveBounds = {
  /** Of text, and of reasoning. */
  characters: 18_000,
  calls: 50,
  argumentCharacters: 300,
  phases: 60,
  lines: 200,
  lineCharacters: 500,
  /** Of all lines together. */
  logCharacters: 16_000,
} as const;

export function newSessionLive(attemptId: string): SessionLive {
  return {
    ...{ attemptId, turn: 0, turnAt: null, text: "", reasoning: "", calls: [] },
    ...{ build: 0, phases: [], log: [], paused: false },
  };
}

/** The newest of `lines` that are within the bounds. */
export function newestLines(lines: readonly string[]): string[] {
  let characters = 0;
  const first = lines.findLastIndex((line, index) => {
    characters += line.length;
    return characters > liveBounds.logCharacters || lines.length - index > liveBounds.lines;
  });
  return lines.slice(first + 1);
}

/** The same reducer on both sides of the connection, so that a late follower sees what an early one sees. */
export function reduceLive(live: SessionLive, change: LiveChange): SessionLive {
  switch (change.type) {
    case "turn":
      return { ...live, turn: change.turn, turnAt: change.at, text: "", reasoning: "", calls: [] };
    case "text":
      return { ...live, text: (live.text + change.text).slice(-liveBounds.characters) };
    case "reasoning":
      return { ...live, reasoning: (live.reasoning + change.text).slice(-liveBounds.characters) };
    case "call": {
      const { id, name, arguments: given, at } = change;
      const call = { id, name, arguments: given, at, ok: null, durationMs: null };
      return {
        ...live,
        calls: [...live.calls.filter((one) => one.id !== id), call].slice(-liveBounds.calls),
      };
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
        : { ...live, phases: [...live.phases, { phase, at }].slice(-liveBounds.phases) };
    }
    case "log":
      return { ...live, log: newestLines([...live.log, ...change.lines]) };
    case "paused":
      return { ...live, paused: change.paused };
  }
}
