import { type FSWatcher, statSync, watch } from "node:fs";
import { join } from "node:path";
import type { JournalCursor, JournalPage } from "../evidence/journal.ts";
import type { Store } from "../store/types.ts";
import { applyRecord, type Evidence, type TrackerContext } from "./apply.ts";
import { gatherEvidence, isFolderName, type ReadBundle, unrecordedFailures } from "./evidence.ts";
import { listedReasons } from "./lists.ts";
import { type RecordFields, resultKind } from "./records.ts";
import { PendingView } from "./view.ts";

interface IntakeOptions extends TrackerContext {
  store: Store;
  /** Folder that the hooks write; hooks/README.md says how. */
  evidenceDir: string;
  intakeBundle: ReadBundle;
  readJournal: (path: string, cursor: JournalCursor, limit: number) => Promise<JournalPage>;
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
  /** Of the journal: bytes taken, bytes there, and lines that were damaged. */
  status(): { offset: number; bytes: number; damaged: number };
}

/** Bounds of one transaction: records, and failures, whose bundles wait in memory for it. */
const batchRecords = 256;
const batchFailures = 8;

/**
 * Carries the hooks' journal into the store. The place in the journal moves in the same transaction as the events, so
 * each record counts once whenever the process dies; bundles are read before, and blobs kept twice are one.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { store, evidenceDir, intakeBundle, readJournal, onError, pollEvery = 5000 } = options;
  const folder = join(evidenceDir, "journal");
  const journal = join(folder, "events.log");
  const cursorName = `journal:${evidenceDir}`;
  let stopped = false;
  let watcher: FSWatcher | null = null;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = false;

  function position(): { cursor: JournalCursor; damaged: number } {
    const saved = store.cursor(cursorName);
    return saved === null ? { cursor: { offset: 0 }, damaged: 0 } : JSON.parse(saved);
  }

  /** A batch ends with the failure that fills it: the reader is asked again for just the records up to there. */
  async function nextBatch(cursor: JournalCursor) {
    const batch = await readJournal(journal, cursor, batchRecords);
    const failures = batch.records.flatMap(({ fields }, index) =>
      resultKind(fields) === "failed" ? [index] : [],
    );
    const last = failures[batchFailures - 1];
    return last === undefined || last + 1 === batch.records.length
      ? batch
      : readJournal(journal, cursor, last + 1);
  }

  async function takeBatch(): Promise<number> {
    const { cursor, damaged } = position();
    const batch = await nextBatch(cursor);
    const steps: { fields: RecordFields; evidence: Evidence | null }[] = [];
    const prepare = async (fields: RecordFields) => {
      const failed = resultKind(fields) === "failed";
      const evidence = failed ? await gatherEvidence(evidenceDir, fields, store.blobs, intakeBundle) : null;
      steps.push({ fields, evidence });
    };
    const taken = (id: string) =>
      store.bundle(id) !== null || steps.some(({ evidence }) => evidence?.id === id);
    for (const { fields } of batch.records) {
      const ended = endedRun(fields);
      if (ended !== null) {
        for (const lost of await unrecordedFailures(evidenceDir, ended, taken, intakeBundle))
          await prepare(lost);
        for (const listed of await listedReasons(evidenceDir, ended, fields.profile ?? ""))
          await prepare(listed);
      }
      await prepare(fields);
    }
    const next = JSON.stringify({ cursor: batch.cursor, damaged: damaged + batch.damaged });
    if (next === store.cursor(cursorName)) return 0;
    store.transact(
      () => {
        const view = new PendingView(store);
        for (const { fields, evidence } of steps) view.add(applyRecord(view, fields, evidence, options));
        return { events: view.pending(), value: undefined };
      },
      { cursors: { [cursorName]: next } },
    );
    return batch.records.length;
  }

  async function takeAll(): Promise<number> {
    let total = 0;
    for (let taken = -1; taken !== 0 && !stopped; total += taken) taken = await takeBatch();
    return total;
  }

  /** One taker at a time, in the order asked. */
  function poll(): Promise<number> {
    const mine = turn.then(takeAll);
    turn = mine.catch(() => {});
    return mine;
  }

  /** Changes that come while a look is already waiting need no look of their own. */
  function look(): void {
    if (waiting || stopped) return;
    waiting = true;
    turn = turn.then(async () => {
      waiting = false;
      await takeAll().catch(onError);
    });
  }

  function tick(): void {
    if (watcher === null) watchFolder();
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
      await turn;
    },
    status() {
      const { cursor, damaged } = position();
      return {
        offset: cursor.offset,
        bytes: statSync(journal, { throwIfNoEntry: false })?.size ?? 0,
        damaged,
      };
    },
  };
}

/** The run of which no more records will come: what it left unrecorded can be told from what is still under way. */
function endedRun(fields: RecordFields): string | null {
  const run =
    fields.ev === "run_end" ? fields.run : fields.ev === "run_start" ? fields.interrupted : undefined;
  return run !== undefined && isFolderName(run) ? run : null;
}
