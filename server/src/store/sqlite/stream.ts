import type { Database } from "better-sqlite3";
import { type EventType, type NewEvent, StoredEvent } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import type { Appliers } from "./projection.ts";

interface Row {
  seq: number;
  at: number;
  type: string;
  payload: string;
}

type Reads = Pick<Store, "lastSeq" | "events" | "eventsBefore" | "cursor">;

/** Newest events that are kept as they are, for the many who follow the stream. */
const mostRecent = 128;

/**
 * The event log and the readers' positions. `write` belongs inside a transaction. Each payload is checked against its
 * schema and stored as that reads it (measured: 1 µs for a result, 44 µs for a bundle that takes 390 µs to append), so a
 * fact that readers could not take never enters the stream; the error is zod's. What is `remember`ed after the commit is
 * read without the database, until events are taken out of it and it has to `forget`.
 */
export function eventStream(
  db: Database,
  now: () => number,
  appliers: Appliers,
): Reads & {
  write(events: readonly NewEvent[], cursors: Record<string, string>): StoredEvent[];
  remember(events: readonly StoredEvent[]): void;
  forget(): void;
} {
  let recent: StoredEvent[] = [];
  const insert = db.prepare("insert into events (at, type, payload) values (?, ?, ?)");
  const putCursor = db.prepare(
    "insert into cursors values (?, ?) on conflict do update set value = excluded.value",
  );
  const last = db.prepare<[], number>("select coalesce(max(seq), 0) from events").pluck();
  const cursor = db.prepare<[string], string>("select value from cursors where name = ?").pluck();
  const list = db.prepare<unknown[], Row>(
    `select seq, at, type, payload from events where seq > @after
     and (@types is null or type in (select value from json_each(@types))) order by seq limit @limit`,
  );
  const listBack = db.prepare<[number, number], Row>(
    "select seq, at, type, payload from events where seq < ? order by seq desc limit ?",
  );

  /** null where that is not all, or not what was asked for. */
  function recentAfter(after: number, limit: number, types?: readonly EventType[]): StoredEvent[] | null {
    const [oldest] = recent;
    if (oldest === undefined || after < oldest.seq - 1 || types !== undefined) return null;
    const start = recent.findIndex(({ seq }) => seq > after);
    return start < 0 ? [] : recent.slice(start, start + limit);
  }

  return {
    write(events, cursors) {
      const stored: StoredEvent[] = [];
      for (const event of events) {
        const checked = StoredEvent.parse({ ...event, at: now(), seq: 1 });
        const { lastInsertRowid } = insert.run(checked.at, checked.type, JSON.stringify(checked.payload));
        const seq = Number(lastInsertRowid);
        const apply = appliers[checked.type] as ((payload: unknown, seq: number) => void) | undefined;
        apply?.(checked.payload, seq);
        stored.push({ ...checked, seq });
      }
      for (const [name, value] of Object.entries(cursors)) putCursor.run(name, value);
      return stored;
    },
    lastSeq: () => last.get() ?? 0,
    remember(events) {
      recent = [...recent, ...events].slice(-mostRecent);
    },
    forget() {
      recent = [];
    },
    events: (after, limit, types?: readonly EventType[]) =>
      recentAfter(after, limit, types) ??
      list.all({ after, limit, types: types === undefined ? null : JSON.stringify(types) }).map(eventOf),
    eventsBefore: (before, limit) => listBack.all(before, limit).map(eventOf),
    cursor: (name) => cursor.get(name) ?? null,
  };
}

function eventOf({ payload, ...event }: Row): StoredEvent {
  return { ...event, payload: JSON.parse(payload) } as StoredEvent;
}
