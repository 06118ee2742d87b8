import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LeasedQueue } from "../../../server/src/jobs/queue.ts";
import { StaleLeaseError } from "../../../server/src/store/errors.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { failingLog, Spool } from "./spool.ts";

const day = 86_400_000;
const begin = 1_800_000_000_000;
let dir: string;
beforeEach(async () => {
  vi.useFakeTimers({ now: begin, toFake: ["Date"] });
  dir = await mkdtemp(join(tmpdir(), "portwright-clock-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(dir, { recursive: true });
});

const open = () => openStore({ dir: join(dir, "state"), now: () => Date.now() });
const takerOf = (spool: Spool, store: Store) =>
  spool.intake(store, (error) => {
    throw error;
  });
const queueOf = (store: Store, name: string) =>
  new LeasedQueue({
    ...{ store, now: () => Date.now(), newId: () => name, limit: 10, leaseMs: 60_000, maxLeases: 9 },
  });

/** A run of which devel/one failed, as hooks write it at this time of the clock. */
function failingRun(spool: Spool, run: string, symbol: string): void {
  const t = String(Math.floor(Date.now() / 1000));
  const origin = "devel/one";
  const bundle = spool.bundle(run, origin, {
    "logs/errors.txt": "build\n",
    "logs/full.log": failingLog(symbol),
  });
  spool.write({ ev: "run_start", run, profile: "main", target: "@main", t });
  spool.write({
    ev: "failure",
    run,
    profile: "main",
    origin,
    flavor: "",
    pkgname: "p",
    phase: "build",
    t,
    bundle,
  });
}

test.each([-30, 30])(
  "a clock that is set by %i days leaves records, leases and events as they are",
  async (days) => {
    const spool = new Spool(join(dir, "evidence"));
    const first = open();
    const intake = takerOf(spool, first);
    failingRun(spool, "R1", "one");
    expect(await intake.poll()).toBe(2);
    const before = first.cases({}, { limit: 2 }).items[0];
    const queue = queueOf(first, "job-1");
    queue.enqueue({ caseId: before?.id ?? "", kind: "triage", requestedBy: "automation" });
    const held = queue.lease(["triage"]);
    if (held === null) throw new Error("nothing was leased");
    queue.running.set(held.id, new AbortController());
    const place = first.lastSeq();

    vi.setSystemTime(begin + days * day);
    expect(queue.lease(["triage"])).toBeNull();
    queue.renew(held);
    expect(first.job(held.id)?.leaseExpiresAt).toBe(Date.now() + 60_000);
    failingRun(spool, "R2", "two");
    expect(await intake.poll()).toBe(2);
    const after = first.case(before?.id ?? "");
    expect(after?.bundles).toBe(2);
    expect(first.bundle(after?.bundleId ?? "")?.runId).toBe("R2");
    expect(after?.updatedAt).toBeGreaterThanOrEqual(before?.updatedAt ?? 0);
    expect(first.run("R2")).toMatchObject({ startedAt: Date.now(), counts: { failed: 1 } });
    const rest = first.events(place, 100);
    expect(rest.map(({ seq }) => seq)).toEqual(rest.map((_, n) => place + 1 + n));
    expect(new Set(rest.map(({ at }) => at))).toEqual(new Set([Date.now()]));
    await intake.stop();
    first.close();

    const second = open();
    const again = queueOf(second, "job-2");
    expect(await takerOf(spool, second).poll()).toBe(0);
    expect(again.recover()).toBe(1);
    expect(again.lease(["triage"])).toMatchObject({ id: held.id, fence: held.fence + 1 });
    const late = { fence: { jobId: held.id, fence: held.fence } };
    expect(() => second.append([{ type: "job/changed", payload: held }], late)).toThrow(StaleLeaseError);
    second.close();
  },
);
