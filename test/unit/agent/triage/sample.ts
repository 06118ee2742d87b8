import type { Attempt, Bundle, Diagnosis } from "../../../../server/src/protocol/index.ts";

export function bundleOf(diagnosis: Diagnosis, more: Partial<Bundle> = {}): Bundle {
  return {
    id: "run-1/devel_tool",
    runId: "run-1",
    target: "@2026Q3",
    origin: "devel/tool",
    flavor: "",
    pkgname: "tool-1.0",
    diagnosis,
    artifacts: [{ name: "logs/full.log", sha256: "a".repeat(64), bytes: 1234 }],
    problems: [],
    at: 0,
    ...more,
  };
}

export function attempt(more: Partial<Attempt>): Attempt {
  return {
    id: "a1",
    caseId: "c1",
    jobId: "j1",
    number: 1,
    tier: "AUTO",
    provider: "recipes",
    model: "recipes",
    outcome: "gave-up",
    summary: "",
    turns: 1,
    builds: 1,
    usage: { uncachedTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0, estimated: false },
    diffSha256: null,
    startedAt: 0,
    endedAt: 1,
    ...more,
  };
}
