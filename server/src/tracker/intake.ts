import { type FSWatcher, statSync, watch } from "node:fs";
import { join } from "node:path";
import { createSerial } from "../async/serial.ts";
import type { JournalCursor } from "../evidence/journal.ts";
import type { ReportedResult } from "../evidence/results/types.ts";
import type { Spool } from "../evidence/spool.ts";
import type { JournalStatus } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import type { TrackerContext } from "./apply.ts";
import { bundleIdOf, gatherEvidence, type ReadBundle, unrecordedFailures } from "./evidence.ts";
import { isFolderName, type RecordFields, resultKind, runIdAt, timeOf } from "./records.ts";
import { eventsOf, reportedSteps, type Step, stepKey, takeReported } from "./reported.ts";
import { type CurrentReport, completedBy, type Reports, reportedRunOf } from "./reports.ts";
import { together } from "./together.ts";

interface IntakeOptions extends TrackerContext {
  store: Store;
  spool: Spool;
  reports: Reports;
  intakeBundle: ReadBundle;
  /** Trouble of the store or of reading; the same records are tried again later. */
  onError: (error: unknown) => void;
  /** Between looks at the journal when the file system tells of no change, in milliseconds. */
  pollEvery?: number;
}

export interface Intake {
  /** Watches until `stop`. */
  start(): void;
  /** Takes what is in the journal now; the number of records. Throws what `onError` would be told. */
  poll(): Promise<number>;
  /** Returns once nothing is being taken; the batch in hand is finished. */
  stop(): Promise<void>;
  status(): JournalStatus;
}

/** Bounds of one transaction: records, and failures, whose bundles wait in memory for it. */
const batchRecords = 512;
const batchFailures = 16;

/**
 * Carries the hooks' journal into the store. The place in the journal moves in the same transaction as the events, so
 * each record counts once whenever the process dies; bundles are read before, and blobs kept twice are one.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { store, spool, reports, intakeBundle, onError, pollEvery = 5000 } = options;
  const folder = join(spool.root, "journal");
  const cursorName = cursorNameOf(spool);
  const journal = join(folder, "events.log");
  const parts = { store, spool, readBundle: intakeBundle };
  let bytes = 0;
  let stopped = false;
  let watcher: FSWatcher | null = null;
  let timer: NodeJS.Timeout | undefined;
  const serially = createSerial();
  let waiting = false;

  function position(): { cursor: JournalCursor; damaged: number; restarts?: number } {
    const saved = store.cursor(cursorName);
    return saved === null ? { cursor: { offset: 0 }, damaged: 0 } : JSON.parse(saved);
  }

  async function takeBatch(): Promise<number> {
    const { cursor, damaged, restarts = 0 } = position();
    let failures = 0;
    const batch = await spool.readJournal(
      cursor,
      batchRecords,
      ({ fields }) => resultKind(fields) === "failed" && ++failures === batchFailures,
    );
    const steps: Step[] = [];
    const unfinished: string[] = [];
    const perRun = new Map<string, CurrentReport | null>();
    const reportOf = async (runId: string) => {
      const known = perRun.get(runId);
      if (known !== undefined) return known;
      const report = await reports.of(runId);
      perRun.set(runId, report);
      return report;
    };
    const prepare = async (record: RecordFields) => {
      const runId = reportedRunOf(record);
      const fields = runId === null ? record : completedBy(record, await reportOf(runId));
      steps.push({ fields, evidence: null, reported: false });
    };
    for (const { fields } of batch.records) {
      const record = atHome(fields);
      const ended = endedRun(fields);
      if (ended !== null) {
        const runId = runIdAt(spool.builder, ended);
        if (await prepareRest(runId, record, steps, prepare)) unfinished.push(runId);
      }
      await prepare(record);
    }
    const failed = steps.filter(({ fields, reported }) => !reported && resultKind(fields) === "failed");
    await together(failed, async (step) => {
      step.evidence = await gatherEvidence(spool, step.fields, store.blobs, intakeBundle);
    });
    const next = JSON.stringify({
      cursor: batch.cursor,
      damaged: damaged + batch.damaged,
      restarts: batch.restarted ? restarts + 1 : restarts || undefined,
    });
    if (next === store.cursor(cursorName)) return 0;
    store.transact(() => ({ events: eventsOf(store, steps, options), value: undefined }), {
      cursors: { [cursorName]: next },
    });
    await spool.release();
    for (const runId of unfinished) {
      const [run, report] = [store.run(runId), await reports.of(runId)];
      if (run !== null && report !== null) await takeReported(parts, run, report, () => false, options);
    }
    return batch.records.length;
  }

  /**
   * What a run that is over left behind without a record: bundles, and results that the builder's files know. True when
   * these are too many for one transaction.
   */
  async function prepareRest(
    ended: string,
    { profile = "" }: RecordFields,
    steps: Step[],
    prepare: (fields: RecordFields) => Promise<void>,
  ): Promise<boolean> {
    const taken = (id: string) =>
      store.bundle(id) !== null ||
      steps.some(({ fields: { bundle } }) => bundle && bundleIdOf(runIdAt(spool.builder, bundle)) === id);
    for (const lost of await unrecordedFailures(spool, ended, taken)) await prepare(lost);
    const begun = steps.find(({ fields: { ev, run } }) => ev === "run_start" && run === ended);
    const startedAt = begun === undefined ? options.now() : timeOf(begun.fields, options.now());
    const run = store.run(ended) ?? { id: ended, profile, startedAt, endedAt: null };
    const inHand = new Set(steps.map(({ fields }) => stepKey(fields)));
    const report = await reports.of(ended);
    if (report === null) return false;
    const skip = ({ origin, flavor }: ReportedResult) => inHand.has(stepKey({ run: ended, origin, flavor }));
    const rest = await reportedSteps(parts, run, report, skip);
    steps.push(...rest.steps);
    return rest.more;
  }

  /** Runs of a far builder bear its name; what it says of other fields stands. */
  function atHome(fields: RecordFields): RecordFields {
    const { builder } = spool;
    if (builder === "") return fields;
    const { run = "", interrupted = "" } = fields;
    const named = { ...fields, run: runIdAt(builder, run) };
    return interrupted === "" ? named : { ...named, interrupted: runIdAt(builder, interrupted) };
  }

  async function takeAll(): Promise<number> {
    let total = 0;
    for (let taken = -1; taken !== 0 && !stopped; total += taken) taken = await takeBatch();
    bytes = await spool.journalBytes();
    return total;
  }

  /** One taker at a time, in the order asked. */
  function poll(): Promise<number> {
    return serially(takeAll);
  }

  /** Changes that come while a look is already waiting need no look of their own. */
  function look(): void {
    if (waiting || stopped) return;
    waiting = true;
    void serially(async () => {
      waiting = false;
      await takeAll().catch(onError);
    });
  }

  function tick(): void {
    if (watcher === null && spool.builder === "") watchFolder();
    look();
  }

  /** The folder appears with the first hook; a watcher that fails is made anew at the next tick. */
  function watchFolder(): void {
    try {
      watcher = watch(folder, look);
      watcher.on("error", () => {
        watcher?.close();
        watcher = null;
      });
    } catch {
      watcher = null;
    }
  }

  return {
    start() {
      timer = setInterval(tick, pollEvery);
      tick();
    },
    poll,
    async stop() {
      stopped = true;
      clearInterval(timer);
      watcher?.close();
      await serially(async () => {});
    },
    status() {
      const { cursor, damaged, restarts } = position();
      const local = spool.builder === "" ? statSync(journal, { throwIfNoEntry: false })?.size : bytes;
      const { offset } = cursor;
      return { offset, bytes: local ?? 0, damaged, ...(restarts === undefined ? {} : { restarts }) };
    },
  };
}

/** Places in journals of this host are kept under that and the evidence folder. */
export const cursorPrefix = "journal:";

export function cursorNameOf({ builder, root }: Pick<Spool, "builder" | "root">): string {
  return builder === "" ? `${cursorPrefix}${root}` : `journal@${builder}`;
}

/** The run of which no more records will come: what it left unrecorded can be told from what is still under way. */
function endedRun(fields: RecordFields): string | null {
  const run =
    fields.ev === "run_end" ? fields.run : fields.ev === "run_start" ? fields.interrupted : undefined;
  return run !== undefined && isFolderName(run) ? run : null;
}
