import type { Carried } from "../jobs/heartbeat.ts";
import type { IdleWorkers, SessionLive, Worker } from "../protocol/index.ts";
import type { Services } from "./services.ts";

const staleMs = 15_000;

/** Jobs that are being carried, the longest first. */
export function workerStatus({ store, live, workers, now }: Services): Worker[] {
  const row = ({ job: { id, kind, caseId }, since, heartbeatAt }: Carried): Worker => {
    const { origin = "", flavor = "" } = store.case(caseId) ?? {};
    const stale = now() - heartbeatAt > staleMs;
    return {
      ...{ jobId: id, kind, caseId, origin, flavor, since, heartbeatAt, stale },
      stage: stageText(live.of(caseId)),
    };
  };
  return workers()
    .map(row)
    .toSorted((left, right) => left.since - right.since);
}

export function idleStatus({ idleWorkers, now }: Services): IdleWorkers[] {
  return idleWorkers().map((idle) => ({ ...idle, stale: now() - idle.heartbeatAt > staleMs }));
}

function stageText(live: SessionLive | null): string {
  if (live === null) return "";
  const phase = live.phases.at(-1)?.phase;
  const parts = [
    live.turn > 0 && `turn ${live.turn}`,
    live.build > 0 && `build ${live.build}${phase === undefined ? "" : `: ${phase}`}`,
    live.paused && "held",
  ];
  return parts.filter(Boolean).join(", ");
}
