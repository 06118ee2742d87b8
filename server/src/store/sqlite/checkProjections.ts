import type { Database } from "better-sqlite3";
import { entityRows, newestSeq } from "./entityRows.ts";

const placesAtOnce = 50_000;

/**
 * Holds projections against the stream that they are made from: each event's entity has a row, which names that event or a
 * later one, and what rows are found by agrees with the event that they name. Problems are in words for a person.
 */
export function checkProjections(
  db: Database,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (text: string) => void },
): string[] {
  const problems: string[] = [];
  const behind = db.prepare<unknown[], { type: string; count: number }>(
    `select type, count(*) as count from events e where seq > ? and seq <= ? and type <> 'build/phase'
     and coalesce(${newestSeq}, 0) < e.seq group by type`,
  );
  const last = (db.prepare("select coalesce(max(seq), 0) as last from events").get() as { last: number })
    .last;
  const missed = new Map<string, number>();
  for (let from = 0; from < last; from += placesAtOnce) {
    signal.throwIfAborted();
    onProgress(`projections: ${from} of ${last} events`);
    for (const { type, count } of behind.all(from, from + placesAtOnce))
      missed.set(type, (missed.get(type) ?? 0) + count);
  }
  for (const [type, count] of missed)
    problems.push(`state.db: ${count} events ${type} are newer than what lists tell of them`);
  for (const [type, { table, key, same = {} }] of Object.entries(entityRows)) {
    signal.throwIfAborted();
    const terms = Object.entries({ ...key, ...same }).map(
      ([column, field]) => `t.${column} is e.payload ->> '${field}'`,
    );
    const row = db.prepare(
      `select count(*) as count from ${table} t left join events e on e.seq = t.seq
       where e.type is not '${type}' or not (${terms.join(" and ")})`,
    );
    const { count } = row.get() as { count: number };
    if (count > 0) problems.push(`state.db: ${count} rows of ${table} say otherwise than their events`);
  }
  return problems;
}
