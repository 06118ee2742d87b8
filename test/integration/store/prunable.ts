import { utimesSync } from "node:fs";
import { join } from "node:path";
import type { CaseState, NewEvent, StoredEvent } from "../../../server/src/protocol/index.ts";
import { blobPath } from "../../../server/src/store/blobs.ts";
import type { PruneLimits, Store } from "../../../server/src/store/types.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleProof,
  sampleResult,
  sampleRun,
  sampleTurn,
} from "../../fixtures/states/entities.ts";

const day = 86_400_000;
export const everything = (now: number): PruneLimits => ({
  ...{ events: now, logs: now, traces: now, proofs: now, closed: now, contents: now },
});
export const inSilence = { dryRun: false, signal: new AbortController().signal, onProgress: () => {} };
export const asked = { ...inSilence, asked: true };

/** One port from its failure to its case's last state, each of its contents named `KIND of NAME`; their hashes. */
export async function tellStory(store: Store, name: string, states: readonly CaseState[]) {
  const keep = (kind: string) => store.blobs.put(Buffer.from(`${kind} of ${name}`));
  const hashes = {
    log: await keep("log"),
    diff: await keep("diff"),
    spill: await keep("spill"),
    briefing: await keep("briefing"),
    build: await keep("build"),
  };
  const { log, diff, spill, briefing, build } = hashes;
  const ids = { origin: `devel/${name}`, caseId: `case-${name}`, attemptId: `attempt-${name}` };
  const subject = sampleCase({ id: ids.caseId, origin: ids.origin, bundleId: `bundle-${name}` });
  const job = sampleJob({ id: `job-${name}`, caseId: ids.caseId });
  const told = { sha256: briefing, bytes: 1, limit: 1, sections: [] };
  const attempt = sampleAttempt({ id: ids.attemptId, caseId: ids.caseId, jobId: job.id, briefing: told });
  const call = { id: "1", name: "read", arguments: "{}", result: "", ok: true, durationMs: 1, spill };
  const built = { phase: null, passed: true, logSha256: build };
  const events: NewEvent[] = [
    { type: "run/changed", payload: sampleRun() },
    {
      type: "bundle/added",
      payload: sampleBundle({
        ...{ id: `bundle-${name}`, origin: ids.origin },
        artifacts: [{ name: "logs/full.log", sha256: log, bytes: 1 }],
      }),
    },
    { type: "result/recorded", payload: sampleResult({ origin: ids.origin, kind: "failed" }) },
    { type: "case/changed", payload: subject },
    ...[1, 2, 3].map((n) => ({
      type: "job/changed" as const,
      payload: { ...job, leaseExpiresAt: n },
    })),
    { type: "attempt/changed", payload: attempt },
    { type: "turn/recorded", payload: sampleTurn({ attemptId: ids.attemptId, calls: [call] }) },
    { type: "build/phase", payload: { caseId: ids.caseId, attemptId: ids.attemptId, phase: "build" } },
    { type: "attempt/changed", payload: { ...attempt, endedAt: 2, outcome: "fixed", diffSha256: diff } },
    {
      type: "proof/recorded",
      payload: sampleProof({ id: `proof-${name}`, ...ids, diffSha256: diff, build: built }),
    },
    { type: "note/recorded", payload: { caseId: ids.caseId, who: "ann", text: "said" } },
    ...states.map((state) => ({
      type: "case/changed" as const,
      payload: { ...subject, state, diffSha256: diff },
    })),
  ];
  store.append(events);
  return { ...hashes, ...ids };
}

/** As if all contents of a state had been stored days ago. */
export function ageContents(dir: string, hashes: readonly string[], days = 400): void {
  const then = (Date.now() - days * day) / 1000;
  for (const sha256 of hashes) utimesSync(blobPath(join(dir, "blobs"), sha256), then, then);
}

/** What a reader holds that keeps the newest word on each entity; turns apart, which go as a whole. */
export function newestById(events: readonly StoredEvent[]): Map<string, unknown> {
  const kept = new Map<string, unknown>();
  for (const { seq, type, payload } of events) {
    if (type === "build/phase" || type === "turn/recorded") continue;
    const id =
      type === "result/recorded"
        ? `${payload.runId} ${payload.origin}`
        : type === "note/recorded"
          ? seq
          : type === "target/seen"
            ? payload.name
            : payload.id;
    kept.set(`${type} ${id}`, payload);
  }
  return kept;
}
