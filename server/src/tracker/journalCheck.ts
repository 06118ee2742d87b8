import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type JournalCursor, readJournal } from "../evidence/journal.ts";
import { openReadOnly } from "../store/sqlite/check.ts";
import { resultKind, runIdOf } from "./records.ts";

const recordsAtOnce = 1000;
const prefix = "journal:";

/**
 * Holds a state against the journals of this host that it was fed from: what was taken of them is there still, and each
 * result in it is known. Problems are in words for a person; a journal that is gone is none, as it may be on another host.
 */
export async function checkJournals(
  dir: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (text: string) => void },
): Promise<string[]> {
  const db = openReadOnly(join(dir, "state.db"));
  try {
    const known = db
      .prepare<unknown[], number>("select 1 from results where run_id = ? and origin = ? and flavor = ?")
      .pluck();
    const places = db
      .prepare<unknown[], { name: string; value: string }>(
        `select name, value from cursors where name like '${prefix}%'`,
      )
      .all();
    const problems: string[] = [];
    for (const { name, value } of places) {
      const path = join(name.slice(prefix.length), "journal", "events.log");
      const { cursor: taken }: { cursor: JournalCursor } = JSON.parse(value);
      const { size, ino } = (await statusOf(path)) ?? {};
      // Another one in its place is read from its start, as soon as a server runs.
      if (size === undefined || (taken.ino !== undefined && taken.ino !== ino)) continue;
      if (size < taken.offset) {
        problems.push(`${path}: ${taken.offset} bytes of it were taken, and it has ${size}; it was cut`);
        continue;
      }
      let missing = 0;
      for (let cursor: JournalCursor = { offset: 0 }, more = true; more; ) {
        signal.throwIfAborted();
        onProgress(`${path}: ${cursor.offset} of ${taken.offset} bytes`);
        const page = await readJournal(path, cursor, recordsAtOnce);
        for (const { offset, fields, origin, flavor } of page.records)
          if (offset < taken.offset && origin !== "" && resultKind(fields) !== null)
            missing += known.get(runIdOf(fields), origin, flavor) === undefined ? 1 : 0;
        more = page.more && page.cursor.offset < taken.offset;
        cursor = page.cursor;
      }
      if (missing > 0) problems.push(`${path}: ${missing} results of it are not in the state`);
    }
    return problems;
  } finally {
    db.close();
  }
}

async function statusOf(path: string): Promise<{ size: number; ino: number } | null> {
  try {
    return await stat(path);
  } catch {
    // Gone, or not for this user to see.
    return null;
  }
}
