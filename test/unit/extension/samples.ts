import type { Attempt, Case, StoredEvent, Turn } from "../../../server/src/protocol/index.ts";

export function sampleCase(changes: Partial<Case> = {}): Case {
  return {
    id: "c1",
    target: "@2026Q3",
    origin: "devel/foo",
    flavor: "",
    state: "waiting",
    classification: "patch-error",
    confidence: "high",
    phase: "patch",
    cause: "1 out of 1 hunks failed",
    signature: "1:abc",
    bundleId: "b1",
    bundles: 1,
    decision: { tier: "AUTO", proposedTier: "AUTO", rules: [], reason: "a rule matches", recipes: [] },
    attempts: 1,
    builds: 1,
    tokens: 0,
    diffSha256: "d".repeat(64),
    proofId: null,
    handOver: null,
    openedAt: 0,
    updatedAt: 0,
    ...changes,
  };
}

const noUsage = {
  uncachedTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

export function sampleAttempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    id: "a1",
    caseId: "c1",
    jobId: "j1",
    number: 1,
    tier: "AUTO",
    provider: "recipes",
    model: "recipes",
    outcome: null,
    summary: "",
    turns: 0,
    builds: 0,
    usage: noUsage,
    diffSha256: null,
    startedAt: 0,
    endedAt: null,
    ...changes,
  };
}

export function sampleTurn(number: number, changes: Partial<Turn> = {}): Turn {
  return {
    attemptId: "a1",
    number,
    text: "",
    reasoning: "",
    calls: [],
    usage: noUsage,
    durationMs: 0,
    at: 0,
    ...changes,
  };
}

/** Numbers the events in their order. */
export function asEvents(...events: Pick<StoredEvent, "type" | "payload">[]): StoredEvent[] {
  return events.map((event, index) => ({ ...event, seq: index + 1, at: 0 }) as StoredEvent);
}
