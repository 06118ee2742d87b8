import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type NewEvent, PortwrightError } from "../../protocol/index.ts";
import { openBlobs } from "../blobs.ts";
import { errorCode, StaleLeaseError } from "../errors.ts";
import { makeFolder } from "../folders.ts";
import type { AppendOptions, Store } from "../types.ts";
import { bundleProjection } from "./bundles.ts";
import { caseProjection } from "./cases.ts";
import { comparisonReads, resultPages } from "./comparison.ts";
import { deliveryProjection } from "./deliveries.ts";
import { Listeners } from "./listeners.ts";
import { takeLock } from "./lock.ts";
import { noteProjection } from "./notes.ts";
import { allOf } from "./projection.ts";
import { pruning } from "./prune.ts";
import { recipeProjection } from "./recipes.ts";
import { runProjection } from "./runs.ts";
import { migrate } from "./schema.ts";
import { eventStream } from "./stream.ts";
import { workProjection } from "./work.ts";

interface StoreOptions {
  /** State folder, made when absent; it holds state.db, blobs/ and the lock. */
  dir: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** A listener's own error; told to Node as a warning when not given. */
  onListenerError?: (error: unknown) => void;
}

/**
 * Opens the embedded store. Throws PortwrightError: badState when another process has the state open, when the file is
 * no database or the disk is full; version when a newer Portwright wrote it.
 */
export function openStore({ dir, now, onListenerError = warn }: StoreOptions): Store {
  makeFolder(dir, 0o700);
  const lock = takeLock(dir);
  try {
    const db = openDatabase(join(dir, "state.db"));
    try {
      return assemble(db, dir, now, onListenerError, lock);
    } catch (error) {
      db.close();
      throw explain(error, db.name);
    }
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

function openDatabase(path: string): Database.Database {
  const db = new Database(path, { timeout: 5000 });
  try {
    // Whoever opened it first had a mask of his own; the files beside it have its mode.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    db.pragma("journal_mode = WAL");
    // A decision told to a person, and above all a delivery, must not be undone by a power cut.
    db.pragma("synchronous = FULL");
    // The driver has it so, yet SQLite itself does not: another build of it would take what names nothing.
    db.pragma("foreign_keys = ON");
    // Pages that many transactions change are carried into the file once; each time waits for the disk twice.
    db.pragma("wal_autocheckpoint = 4000");
    db.pragma("journal_size_limit = 67108864");
    migrate(db);
    // What undoes a single statement would be a file for each transaction; migrations, which sort whole tables, need the disk.
    db.pragma("temp_store = MEMORY");
    return db;
  } catch (error) {
    db.close();
    throw explain(error, path);
  }
}

function assemble(
  db: Database.Database,
  dir: string,
  now: () => number,
  onListenerError: (error: unknown) => void,
  lock: Disposable,
): Store {
  const { appliers: runAppliers, ...runs } = runProjection(db);
  const { appliers: bundleAppliers, ...bundles } = bundleProjection(db, now);
  const { appliers: caseAppliers, ...cases } = caseProjection(db, now);
  const { appliers: workAppliers, holdsLease, ...work } = workProjection(db);
  const { appliers: deliveryAppliers, ...deliveries } = deliveryProjection(db);
  const { appliers: noteAppliers, ...notes } = noteProjection(db);
  const { appliers: recipeAppliers, ...recipes } = recipeProjection(db);
  const appliers = allOf([
    ...[runAppliers, bundleAppliers, caseAppliers, workAppliers, deliveryAppliers],
    ...[noteAppliers, recipeAppliers],
  ]);
  const { write, remember, forget, ...stream } = eventStream(db, now, appliers);
  const listeners = new Listeners(onListenerError);

  const inTransaction = db.transaction(
    <T>(decide: () => { events: NewEvent[]; value: T }, options: AppendOptions) => {
      const { fence, cursors = {} } = options;
      if (fence !== undefined && !holdsLease(fence.jobId, fence.fence))
        throw new StaleLeaseError(fence.jobId, fence.fence);
      const { events, value } = decide();
      return { stored: write(events, cursors), value };
    },
  );

  function commit<T>(decide: () => { events: NewEvent[]; value: T }, options: AppendOptions = {}) {
    if (db.inTransaction) throw new Error("append inside transact: return the events from decide instead");
    try {
      const done = inTransaction.immediate(decide, options) as { stored: ReturnType<typeof write>; value: T };
      remember(done.stored);
      if (done.stored.length > 0) listeners.tell(done.stored);
      return done;
    } catch (error) {
      throw explain(error, db.name);
    }
  }

  const onAppend: Store["onAppend"] = (listener) => listeners.add(listener, stream.lastSeq());
  const blobs = openBlobs(join(dir, "blobs"));
  const { pruned, prune } = pruning(db, blobs, now, forget);
  return {
    blobs,
    pruned,
    prune: (limits, options) =>
      prune(limits, options).catch((error: unknown) => Promise.reject(explain(error, db.name))),
    append: (events, options) => commit(() => ({ events: [...events], value: undefined }), options).stored,
    transact: (decide, options) => commit(decide, options).value,
    onAppend,
    ...explained(
      {
        ...{ ...stream, ...runs, ...resultPages(db), ...comparisonReads(db, onAppend), ...bundles, ...cases },
        ...{ ...work, ...notes, ...deliveries, ...recipes },
      },
      db.name,
    ),
    close() {
      db.close();
      lock[Symbol.dispose]();
    },
  };
}

/** Reads that meet a damaged page say so as writes do. */
function explained<T extends object>(reads: T, path: string): T {
  const told = Object.entries(reads).map(([name, read]) => [
    name,
    (...given: unknown[]) => {
      try {
        return read(...given);
      } catch (error) {
        throw explain(error, path);
      }
    },
  ]);
  return Object.fromEntries(told) as T;
}

/** What SQLite says of the disk or the file, in words for a person; anything else as it is. */
function explain(error: unknown, path: string): unknown {
  const code = errorCode(error);
  if (code === "SQLITE_FULL")
    return new PortwrightError(
      "badState",
      `No space left for ${path}: free some and try again; nothing was lost.`,
      error,
    );
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT"))
    return new PortwrightError(
      "badState",
      `${path} is damaged or no Portwright state: put back a copy of it (\`portwright state restore\`).`,
      error,
    );
  if (code.startsWith("SQLITE_IOERR") || code === "SQLITE_READONLY" || code === "SQLITE_CANTOPEN")
    return new PortwrightError("badState", `${path} cannot be read or written (${code}).`, error);
  return error;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
