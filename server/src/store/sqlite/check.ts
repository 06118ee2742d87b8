import { access } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { PortwrightError } from "../../protocol/index.ts";
import { blobPath } from "../blobs.ts";
import { measure } from "../content.ts";
import { errorCode } from "../errors.ts";
import { checkProjections } from "./checkProjections.ts";
import { knownSchema, newestSchema } from "./schema.ts";

export interface StateReport {
  events: number;
  contents: number;
  /** In words for a person; empty when all is well. */
  problems: string[];
}

interface CheckOptions {
  signal: AbortSignal;
  onProgress: (text: string) => void;
  /** Whether contents are read and held against their hashes; else it is only looked whether they are there. */
  readContents?: boolean;
}

/** Problems of one kind that are told one by one. */
const mostTold = 20;

/** Looks whether a state is whole; a server may work on it meanwhile. Throws PortwrightError badState for what is no state. */
export async function checkState(dir: string, options: CheckOptions): Promise<StateReport> {
  const { signal, onProgress, readContents = false } = options;
  const path = join(dir, "state.db");
  const db = openReadOnly(path);
  const problems: string[] = [];
  let events = 0;
  let hashes: string[] = [];
  try {
    onProgress("database");
    const told = db.pragma(`integrity_check(${mostTold})`, { simple: false }) as {
      integrity_check: string;
    }[];
    for (const { integrity_check: text } of told) if (text !== "ok") problems.push(`state.db: ${text}`);
    // SQLite stops there.
    if (told.length === mostTold) problems.push("state.db: there may be more of that");
    const loose = db.pragma("foreign_key_check") as { table: string; parent: string }[];
    for (const { table, parent } of loose.slice(0, mostTold))
      problems.push(`state.db: a row of ${table} names none of ${parent}`);
    if (loose.length > mostTold)
      problems.push(`state.db: ${loose.length - mostTold} more rows name what is not there`);
    // A state of an older Portwright is looked at once it is migrated.
    if (knownSchema(db) === newestSchema) problems.push(...checkProjections(db, options));
    events = (db.prepare("select count(*) as count from events").get() as { count: number }).count;
    hashes = db.prepare("select distinct sha256 from artifacts order by sha256").pluck().all() as string[];
  } catch (error) {
    signal.throwIfAborted();
    problems.push(`state.db: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    db.close();
  }
  let bad = 0;
  for (const [index, sha256] of hashes.entries()) {
    signal.throwIfAborted();
    if (index % 100 === 0) onProgress(`contents: ${index} of ${hashes.length}`);
    const problem = await problemOf(blobPath(join(dir, "blobs"), sha256), sha256, readContents);
    // A server that prunes meanwhile lets go of it first.
    if (problem && isNamed(path, sha256) && ++bad <= mostTold) problems.push(problem);
  }
  if (bad > mostTold) problems.push(`${bad - mostTold} more contents are missing or damaged`);
  return { events, contents: hashes.length, problems };
}

async function problemOf(path: string, sha256: string, isRead: boolean): Promise<string | null> {
  try {
    await access(path);
    if (isRead && (await measure(path)).sha256 !== sha256) return `content ${sha256} is another one`;
    return null;
  } catch (error) {
    return `content ${sha256} is ${errorCode(error) === "ENOENT" ? "missing" : "damaged"}`;
  }
}

function isNamed(path: string, sha256: string): boolean {
  const db = openReadOnly(path);
  try {
    return db.prepare("select 1 from artifacts where sha256 = ?").get(sha256) !== undefined;
  } catch {
    // Why it cannot be asked is among the problems already.
    return true;
  } finally {
    db.close();
  }
}

/** Throws PortwrightError badState when there is no database. */
export function openReadOnly(path: string): Database.Database {
  try {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  } catch (error) {
    throw new PortwrightError(
      "badState",
      `${path} is no state that can be read: name the folder of a state, or of a copy of one.`,
      error,
    );
  }
}
