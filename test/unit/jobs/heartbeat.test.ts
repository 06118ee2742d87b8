import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startHeartbeat } from "../../../server/src/jobs/heartbeat.ts";
import type { LeasedQueue } from "../../../server/src/jobs/queue.ts";
import { StaleLeaseError } from "../../../server/src/store/errors.ts";
import { sampleJob } from "../../fixtures/states/entities.ts";

const job = sampleJob();
beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function carry(renew: () => void) {
  const controller = new AbortController();
  const log = vi.fn();
  const queue = { renew } as unknown as LeasedQueue;
  const heartbeat = startHeartbeat({ job, controller, queue, renewMs: 15_000, now: () => Date.now(), log });
  return { heartbeat, controller, log };
}

test("it beats while the lease can be kept, and not while that fails", () => {
  let fault: Error | null = null;
  const { heartbeat, log } = carry(() => {
    if (fault) throw fault;
  });
  vi.advanceTimersByTime(21_000);
  expect(heartbeat).toMatchObject({ job, since: 0, heartbeatAt: 20_000 });
  fault = new Error("disk full");
  vi.advanceTimersByTime(40_000);
  expect([heartbeat.heartbeatAt, log.mock.calls.length]).toEqual([25_000, 3]);
  fault = null;
  vi.advanceTimersByTime(15_000);
  expect(heartbeat.heartbeatAt).toBe(75_000);
  heartbeat[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
});

test("a job that was told to end, or lost its lease, beats no more", () => {
  const stopped = carry(() => {});
  vi.advanceTimersByTime(5000);
  stopped.controller.abort();
  vi.advanceTimersByTime(20_000);
  expect(stopped.heartbeat.heartbeatAt).toBe(5000);

  const lost = carry(() => {
    throw new StaleLeaseError(job.id, job.fence);
  });
  vi.advanceTimersByTime(30_000);
  expect([lost.controller.signal.reason, lost.log.mock.calls]).toEqual([expect.any(StaleLeaseError), []]);
});
