import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { JournalCursor } from "../evidence/journal.ts";
import type { RemoteSpool } from "../evidence/remote/spool.ts";
import { localSpool, type Spool } from "../evidence/spool.ts";
import { openReadOnly } from "../store/sqlite/check.ts";
import { cursorNameOf, cursorPrefix } from "./intake.ts";
import { type RecordFields, resultKind, runIdAt, runIdOf } from "./records.ts";

const recordsAtOnce = 1000;

interface CheckOptions {
  signal: AbortSignal;
  onProgress: (text: string) => void;
  /** Of builders on other hosts, not connected yet. */
  far?: readonly RemoteSpool[];
}
type Knows = (fields: RecordFields, builder: string) => boolean;

/**
 * Holds a state against the journals that it was fed from: what was taken of them is there still, and each result in it is
 * known. Problems are in words for a person; a journal that is gone is none. Throws RemoteError where the way to a far
 * builder is barred.
 */
export async function checkJournals(dir: string, options: CheckOptions): Promise<string[]> {
  const db = openReadOnly(join(dir, "state.db"));
  try {
    const known = db
      .prepare<unknown[], number>("select 1 from results where run_id = ? and origin = ? and flavor = ?")
      .pluck();
    const knows: Knows = (fields, builder) => {
      const runId = builder === "" ? runIdOf(fields) : runIdAt(builder, fields.run ?? "");
      return known.get(runId, fields.origin, fields.flavor ?? "") !== undefined;
    };
    const places = new Map(
      db
        .prepare<[], { name: string; value: string }>("select name, value from cursors")
        .all()
        .map(({ name, value }) => [name, value]),
    );
    const problems: string[] = [];
    for (const [name, value] of places)
      if (name.startsWith(cursorPrefix))
        problems.push(
          ...(await problemsOf(localSpool(name.slice(cursorPrefix.length)), value, knows, options)),
        );
    for (const spool of options.far ?? []) {
      const value = places.get(cursorNameOf(spool));
      if (value === undefined) continue;
      await spool.connect(options.signal);
      try {
        problems.push(...(await problemsOf(spool, value, knows, options)));
      } finally {
        spool.disconnect();
      }
    }
    return problems;
  } finally {
    db.close();
  }
}

async function problemsOf(
  spool: Spool,
  value: string,
  knows: Knows,
  { signal, onProgress }: CheckOptions,
): Promise<string[]> {
  const path = `${spool.builder && `${spool.builder}: `}${join(spool.root, "journal", "events.log")}`;
  const { cursor: taken }: { cursor: JournalCursor } = JSON.parse(value);
  const { restarted } = await spool.readJournal(taken, 0);
  const size = await spool.journalBytes();
  if (restarted) {
    // Another one in its place is read from its start, as soon as a server runs.
    if (taken.ino !== undefined && (await inodeOf(spool)) !== taken.ino) return [];
    const grown = size < taken.offset ? "" : " and has grown again";
    return [`${path}: ${taken.offset} bytes of it were taken, and it has ${size}; it was cut${grown}`];
  }
  let missing = 0;
  for (let cursor: JournalCursor = { offset: 0 }, more = true; more; ) {
    signal.throwIfAborted();
    onProgress(`${path}: ${cursor.offset} of ${taken.offset} bytes`);
    const page = await spool.readJournal(cursor, recordsAtOnce);
    for (const { offset, fields, origin } of page.records)
      if (offset < taken.offset && origin !== "" && resultKind(fields) !== null)
        missing += knows(fields, spool.builder) ? 0 : 1;
    more = page.more && page.cursor.offset < taken.offset;
    cursor = page.cursor;
  }
  return missing > 0 ? [`${path}: ${missing} results of it are not in the state`] : [];
}

async function inodeOf({ root }: Spool): Promise<number | null> {
  try {
    return (await stat(join(root, "journal", "events.log"))).ino;
  } catch {
    // Gone, or not for this user to see.
    return null;
  }
}
