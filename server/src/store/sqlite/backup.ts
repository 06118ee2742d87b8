import { constants, type Dirent } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PortwrightError } from "../../protocol/index.ts";
import { errorCode } from "../errors.ts";
import { makeLastingFolder, sync, syncAll } from "../folders.ts";
import { checkState, openReadOnly, type StateReport } from "./check.ts";
import { takeLock } from "./lock.ts";

/** What a copy has beside the database and the contents, where it is there. */
const alongside = ["portwright.json"];
/** Pages that are copied at a time; between them other work goes on, and a copy can be stopped. */
const pagesAtOnce = 1000;

interface CopyOptions {
  signal: AbortSignal;
  onProgress: (text: string) => void;
}

/**
 * Copies a state, also one that a server writes and prunes meanwhile: the database as it is at one moment, with every
 * content that it names. `to` is made by one rename when all of it is there and on the disk. Throws PortwrightError badState
 * where there is something already, no state to copy, or the copy is not whole.
 */
export async function backupState(dir: string, to: string, options: CopyOptions): Promise<StateReport> {
  if (await listed(to)) throw new PortwrightError("badState", `${to} is there already: name another folder.`);
  const aside = join(dirname(to), `.${basename(to)}.${process.pid}`);
  await makeLastingFolder(aside);
  try {
    await copyAlongside(dir, aside);
    await copyState(dir, aside, join(aside, "state.db"), options);
    const report = await whole(aside, "`portwright state check` says more", options);
    await rename(aside, to);
    await sync(dirname(to));
    return report;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * Makes a state of a copy, in a folder that has none; also of a state that was killed, or is being written. The database comes
 * last, so that a restore which was stopped is no state; on return all of it is on the disk. Throws PortwrightError badState where
 * there is a state already, or a log of one, which SQLite would write over the restored database; or when the copy is not whole.
 */
export async function restoreState(from: string, dir: string, options: CopyOptions): Promise<StateReport> {
  const report = await whole(from, "take another one", options);
  await makeLastingFolder(dir);
  using _ = takeLock(dir);
  const left = (await listed(dir))?.find(({ name }) => /^state\.db(-wal|-journal)?$/.test(name));
  if (left !== undefined)
    throw new PortwrightError(
      "badState",
      `${dir} holds a state already (${left.name}): move all of its state.db* away, or name another folder with --state.`,
    );
  const place = join(dir, "state.db");
  await copyAlongside(from, dir);
  await rm(`${place}.new`, { force: true });
  await copyState(from, dir, `${place}.new`, options);
  await rename(`${place}.new`, place);
  await sync(dir);
  return report;
}

/**
 * What the database names at its moment was there before, or is stored since and too new to be pruned. On return the disk has all
 * of it: SQLite waits for the database.
 */
async function copyState(from: string, to: string, database: string, options: CopyOptions): Promise<void> {
  const copied = new Set<string>();
  await copyContents(join(from, "blobs"), join(to, "blobs"), options, copied);
  await copyDatabase(join(from, "state.db"), database, options);
  await copyContents(join(from, "blobs"), join(to, "blobs"), options, copied);
  options.onProgress("waiting for the disk");
  if (copied.size > 0) await syncAll(join(to, "blobs"), options.signal);
  await sync(to);
}

async function copyAlongside(from: string, to: string): Promise<void> {
  for (const name of alongside)
    if (await copyIfThere(join(from, name), join(to, name))) await sync(join(to, name));
}

async function whole(dir: string, remedy: string, options: CopyOptions): Promise<StateReport> {
  const report = await checkState(dir, options);
  const [problem] = report.problems;
  if (problem === undefined) return report;
  throw new PortwrightError("badState", `The copy in ${dir} is not whole: ${problem}; ${remedy}`);
}

/** One read transaction holds the moment, whatever is written meanwhile. */
async function copyDatabase(from: string, to: string, { signal, onProgress }: CopyOptions): Promise<void> {
  const db = openReadOnly(from);
  try {
    db.exec("begin");
    db.prepare("select count(*) from sqlite_schema").get();
    await db.backup(to, {
      progress({ totalPages, remainingPages }) {
        signal.throwIfAborted();
        onProgress(`database: ${Math.round((100 * (totalPages - remainingPages)) / totalPages)} %`);
        return pagesAtOnce;
      },
    });
    await chmod(to, 0o600);
  } finally {
    db.close();
  }
}

/** Those that are not `copied` yet; one that is gone by its turn was pruned. */
async function copyContents(
  from: string,
  to: string,
  { signal, onProgress }: CopyOptions,
  copied: Set<string>,
): Promise<void> {
  for (const { name } of (await listed(from)) ?? []) {
    if (!/^[0-9a-f]{2}$/.test(name)) continue;
    await mkdir(join(to, name), { recursive: true, mode: 0o700 });
    for (const entry of (await listed(join(from, name))) ?? []) {
      signal.throwIfAborted();
      const path = join(name, entry.name);
      if (copied.has(path)) continue;
      if (await copyIfThere(join(from, path), join(to, path))) copied.add(path);
      if (copied.size % 100 === 0) onProgress(`contents: ${copied.size}`);
    }
  }
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    // It shares the disk's blocks where the file system can.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return false;
  }
}

/** null for a folder that is not there. */
async function listed(folder: string): Promise<Dirent[] | null> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
