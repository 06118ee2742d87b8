import { parseSummary } from "../evidence/results/dsynthReport.ts";
import { portKey, type ReportedResult } from "../evidence/results/types.ts";
import type { Spool } from "../evidence/spool.ts";
import { readFields } from "../evidence/spool.ts";
import type { LiveRun, NewEvent, Run } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { abortRun, applyRecord, type TrackerContext } from "./apply.ts";
import { Eta } from "./eta.ts";
import { gatherEvidence, type ReadBundle, unrecordedFailures } from "./evidence.ts";
import type { LockTest } from "./lockTest.ts";
import { runNameAt } from "./records.ts";
import { takeReported } from "./reported.ts";
import type { CurrentReport, Reports } from "./reports.ts";
import type { RunStart } from "./runFolders.ts";
import { PendingView, type TrackerView } from "./view.ts";

interface ReconcilerOptions extends TrackerContext {
  store: Store;
  spool: Spool;
  reports: Reports;
  intakeBundle: ReadBundle;
  /** Takes what the journal holds; what the hooks told is known before the builder's files are looked at. */
  takeJournal: () => Promise<unknown>;
  /** Tells whether a builder is at work; null where that cannot be asked, as of a far host. */
  lockTest: LockTest | null;
  onError: (error: unknown) => void;
  /** Between looks, in milliseconds. */
  every?: number;
  /** How long a hook may take to tell of a result that the builder has listed, in milliseconds. */
  hookGrace?: number;
  /** A run is taken for dead when for so long nothing was written and nobody holds its lock, in milliseconds. */
  deadAfter?: number;
}

export interface Reconciler {
  start(): void;
  /** One look at every run. Throws what `onError` would be told. */
  look(): Promise<void>;
  stop(): Promise<void>;
  /** What the builders of active runs showed at the last look. */
  live(): LiveRun[];
  /** Runs that build now, one that began since the last look included; null before the first whole look. */
  building(): BuildingRun[] | null;
}

export interface BuildingRun {
  runId: string;
  /** Ports to go; null where the builder has not told yet. */
  remaining: number | null;
}

/** Newest runs that a look considers, and bytes of a summary that are read. */
const recentRuns = 50;
const largestSummary = 1 << 20;
/** A run that ended longer ago was settled as its end was taken. */
const endedLately = 3_600_000;

/** The newest runs of any state, for `Reports`. */
export function recentRunsOf(store: Store): () => Run[] {
  return () => store.runs({}, { limit: recentRuns }).items;
}

/**
 * Finds in the builder's own files what its hooks missed: results, phases and times, the end of a run, and its death.
 * Everything is read again and again and changes nothing that is known, so that it needs no place of its own to go on.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, spool, reports, intakeBundle, lockTest, now, onError } = options;
  const { every = 5000, hookGrace = 120_000, deadAfter = 60_000 } = options;
  const firstSeen = new Map<string, number>();
  const unlockedSince = new Map<string, number>();
  const settled = new Set<string>();
  /** Active runs of which the builder shows no sign. */
  const signless = new Set<string>();
  let looked = false;
  const eta = new Eta(store);
  let live: LiveRun[] = [];
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();
  let busy = false;

  function commit(decide: (view: TrackerView) => NewEvent[]): void {
    store.transact(() => {
      const view = new PendingView(store);
      view.add(decide(view));
      return { events: view.pending(), value: undefined };
    });
  }

  /** A result that its hook may still tell of is left to it for a while. */
  function awaitsHook(run: Run, { origin, flavor }: ReportedResult): boolean {
    const key = `${run.id}\0${portKey(origin, flavor)}`;
    if (store.result(run.id, origin, flavor) !== null) {
      firstSeen.delete(key);
      return false;
    }
    const since = firstSeen.get(key) ?? now();
    firstSeen.set(key, since);
    return now() - since < hookGrace;
  }

  async function fill(
    run: Run,
    report: CurrentReport | null,
    skip: (result: ReportedResult) => boolean = () => false,
  ): Promise<void> {
    if (report !== null)
      await takeReported({ spool, store, readBundle: intakeBundle }, run, report, skip, options);
  }

  async function takeLostBundles(run: Run): Promise<void> {
    for (const fields of await unrecordedFailures(spool, run.id, (id) => store.bundle(id) !== null)) {
      const evidence = await gatherEvidence(spool, fields, store.blobs, intakeBundle);
      commit((view) => applyRecord(view, fields, evidence, options));
      await spool.release();
    }
  }

  /** The hook wrote its end down, and the journal could not be written. */
  async function endOnFile(run: Run, name: string): Promise<boolean> {
    const end = await readFields(spool.files, `${spool.root}/runs/${name}/end.txt`);
    if (end === null) return false;
    await takeLostBundles(run);
    await fill(run, await reports.of(run.id));
    const { ended: t = "" } = end;
    commit((view) =>
      applyRecord(view, { ...end, ev: "run_end", run: run.id, profile: run.profile, t }, null, options),
    );
    return true;
  }

  /** Two looks must agree, so that a builder between two steps of its start or end is not taken for a dead one. */
  async function isDead(run: Run, { logs }: RunStart, changedAt: number): Promise<boolean> {
    const quiet = now() - Math.max(run.startedAt, changedAt) >= deadAfter;
    const held = quiet && lockTest !== null ? await lockTest.held(`${logs}/stats/monitor.lk`) : null;
    if (held !== false) {
      unlockedSince.delete(run.id);
      return false;
    }
    const since = unlockedSince.get(run.id) ?? now();
    unlockedSince.set(run.id, since);
    return now() - since >= deadAfter / 2;
  }

  async function lookAtActive(run: Run): Promise<LiveRun | null> {
    const name = runNameAt(spool.builder, run.id);
    if (name === null) signless.add(run.id);
    if (name === null || (await endOnFile(run, name))) return null;
    const report = await reports.of(run.id);
    if (report?.start == null || !report.owns) {
      signless.add(run.id);
      return null;
    }
    signless.delete(run.id);
    const summary = await readSummary(run, report.start, report.results);
    if (await isDead(run, report.start, Math.max(report.changedAt, summary?.at ?? 0))) {
      await takeLostBundles(run);
      await fill(run, report);
      const at = Math.floor(Math.max(report.changedAt, summary?.at ?? 0));
      commit((view) => abortRun(view, run.id, at));
      return null;
    }
    await fill(run, report, (result) => awaitsHook(run, result));
    return summary;
  }

  async function readSummary(
    run: Run,
    { logs, mark }: RunStart,
    done: CurrentReport["results"],
  ): Promise<LiveRun | null> {
    const path = `${logs}/Report/summary.json`;
    const status = await spool.files.stat(path);
    if (status === null || status.modifiedAt <= mark) return null;
    const content = await spool.files.read(path, 0, largestSummary);
    const summary = parseSummary(content?.toString("utf8") ?? "");
    if (summary === null || summary.profile !== run.profile) return null;
    const { profile: _, active: __, built, failed, ignored, skipped, ...rest } = summary;
    const etaSeconds = await eta.of(run, rest, done);
    return {
      ...{ runId: run.id, target: run.target, profile: run.profile, at: Math.floor(status.modifiedAt) },
      counts: { built, failed, ignored, skipped },
      ...rest,
      ...(etaSeconds === null ? {} : { etaSeconds }),
    };
  }

  /** A run that ended while records of it were missing; once is enough, since nothing more comes of it. */
  async function lookAtEnded(run: Run): Promise<void> {
    if (settled.has(run.id) || (run.endedAt ?? 0) < now() - endedLately) return;
    await takeLostBundles(run);
    await fill(run, await reports.of(run.id));
    settled.add(run.id);
  }

  async function look(): Promise<void> {
    await options.takeJournal();
    const seen: LiveRun[] = [];
    const runs = store.runs({}, { limit: recentRuns }).items;
    for (const run of store.activeRuns()) {
      if ((run.builder ?? "") !== spool.builder) continue;
      const summary = await lookAtActive(run);
      if (summary !== null) seen.push(summary);
    }
    for (const run of runs)
      if (run.state !== "active" && (run.builder ?? "") === spool.builder) await lookAtEnded(run);
    live = seen;
    looked = true;
    if (store.activeRuns().length === 0) firstSeen.clear();
    const known = new Set(runs.map(({ id }) => id));
    for (const ids of [settled, signless]) for (const id of ids) if (!known.has(id)) ids.delete(id);
  }

  function lookOnce(): void {
    if (busy) return;
    busy = true;
    turn = look()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }

  return {
    start() {
      timer = setInterval(lookOnce, every);
      lookOnce();
    },
    look,
    async stop() {
      clearInterval(timer);
      await turn;
    },
    live: () => live,
    building: () =>
      looked
        ? store
            .activeRuns()
            .filter(({ id, builder = "" }) => builder === spool.builder && !signless.has(id))
            .map(({ id }) => ({
              runId: id,
              remaining: live.find(({ runId }) => runId === id)?.remaining ?? null,
            }))
        : null,
  };
}
