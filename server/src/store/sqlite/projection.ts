import type { Database } from "better-sqlite3";
import type { EventPayload, EventType } from "../../protocol/index.ts";

/** Moves a family's rows when one of its events is appended; runs inside the append's transaction. */
export type Appliers = { [T in EventType]?: (payload: EventPayload<T>, seq: number) => void };

/** Families of rows that move by the same events, each in turn. */
export function allOf(families: readonly Appliers[]): Appliers {
  const all: Partial<Record<string, ((payload: never, seq: number) => void)[]>> = {};
  for (const family of families)
    for (const [type, apply] of Object.entries(family)) all[type] = [...(all[type] ?? []), apply];
  return Object.fromEntries(
    Object.entries(all).map(([type, appliers = []]) => [
      type,
      (payload: never, seq: number) => {
        for (const apply of appliers) apply(payload, seq);
      },
    ]),
  );
}

/** A prepared query whose only column is an entity's payload. */
export function entities<T>(
  db: Database,
  sql: string,
): { all(...keys: unknown[]): T[]; one(...keys: unknown[]): T | null } {
  const statement = db.prepare<unknown[], string>(sql).pluck();
  return {
    all: (...keys) => statement.all(...keys).map((payload) => JSON.parse(payload) as T),
    one: (...keys) => {
      const payload = statement.get(...keys);
      return payload === undefined ? null : (JSON.parse(payload) as T);
    },
  };
}

/** A prepared count of rows by their `state`. */
export function stateCounts(db: Database, table: "cases" | "jobs"): () => Record<string, number> {
  const statement = db.prepare<[], { state: string; count: number }>(
    `select state, count(*) as count from ${table} group by state`,
  );
  return () => Object.fromEntries(statement.all().map(({ state, count }) => [state, count]));
}
