import type { Database } from "better-sqlite3";

const dayMs = 24 * 60 * 60_000;
/** What passes beyond that without an event does not make anything older: the clock may have leapt. */
const quietDays = 7;
/** The same between events of the past, where builders may well have rested for a month. */
const quietDaysBetween = 60;

interface Place {
  seq: number;
  at: number;
}
/** Time that does not count, in milliseconds, and when it was over. */
interface Quiet {
  end: number;
  excess: number;
}

/**
 * Moves times, in milliseconds, back by what the clock may have leapt since: a clock that goes wrong by years and is
 * believed for days makes nothing old.
 */
export function withoutLeaps(db: Database, now: number): (time: number) => number {
  const first = db.prepare<[], Place>("select seq, at from events order by seq limit 1").get();
  const last = db.prepare<[], Place>("select seq, at from events order by seq desc limit 1").get();
  if (first === undefined || last === undefined) return (time) => time;
  const newestFirst = [
    { end: now, excess: now - last.at - quietDays * dayMs },
    // Of a time still to come it is known that no clock was right.
    ...quietBetween(db, first, last).filter(({ end }) => end <= now),
  ].filter(({ excess }) => excess > 0);
  return (time) =>
    newestFirst.reduce((moved, { end, excess }) => (end > moved ? moved - excess : moved), time);
}

/** Halves the stream until it is known where the long pauses are: what took no longer than one pause holds none. */
function quietBetween(db: Database, first: Place, last: Place): Quiet[] {
  const onwards = db.prepare<unknown[], Place>(
    "select seq, at from events where seq >= ? and seq < ? order by seq limit 1",
  );
  const backwards = db.prepare<unknown[], Place>(
    "select seq, at from events where seq < ? and seq > ? order by seq desc limit 1",
  );
  const found: Quiet[] = [];
  const waiting: [Place, Place][] = [[first, last]];
  for (let range = waiting.pop(); range !== undefined; range = waiting.pop()) {
    const [from, to] = range;
    const excess = to.at - from.at - quietDaysBetween * dayMs;
    if (excess <= 0) continue;
    const half = from.seq + Math.ceil((to.seq - from.seq) / 2);
    const middle = onwards.get(half, to.seq) ?? backwards.get(half, from.seq);
    if (middle === undefined) found.push({ end: to.at, excess });
    else waiting.push([from, middle], [middle, to]);
  }
  return found;
}
