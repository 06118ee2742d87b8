import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { PortwrightError } from "../../protocol/index.ts";
import { errorCode } from "../errors.ts";

/**
 * Makes this process the only writer of a state folder. The lock is SQLite's own on `lock.db`, which the kernel drops
 * with the process however it dies; `lock.pid` only tells a refused process whom to name. Nothing may open `lock.db` by
 * other means: closing any descriptor of it would drop the lock of the whole process.
 * Throws PortwrightError badState when another process, or another store of this one, holds it.
 */
export function takeLock(dir: string): Disposable {
  const db = new Database(join(dir, "lock.db"), { timeout: 0 });
  const pidFile = join(dir, "lock.pid");
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!errorCode(error).startsWith("SQLITE_BUSY")) throw error;
    throw new PortwrightError(
      "badState",
      `The state in ${dir} is in use by ${holder(pidFile)}. Stop that server first, or name another state folder.`,
      error,
    );
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    db.close();
    throw error;
  }
  return { [Symbol.dispose]: () => db.close() };
}

function holder(pidFile: string): string {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    if (Number.isInteger(pid) && pid > 0) return `process ${pid}`;
  } catch {
    // The holder has the lock and has not named itself yet.
  }
  return "another process";
}
