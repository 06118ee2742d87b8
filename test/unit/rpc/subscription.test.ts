import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as otherWork } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewEvent, StoredEvent } from "../../../server/src/protocol/index.ts";
import { subscribe } from "../../../server/src/rpc/subscription.ts";
import { createTurns } from "../../../server/src/rpc/turns.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { asked, everything } from "../../integration/store/prunable.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-subscription-"));
});
afterEach(() => rm(dir, { recursive: true }));

/** The same numbers below `below` for the same seed. */
function randomly(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

const isNote = ({ type }: { type: string }): boolean => type === "note/recorded";

/** A client that holds its place, is slow, grants credit, goes away with a batch on its way, and comes again. */
function makeReader(store: Store, random: (below: number) => number) {
  const turn = createTurns();
  const fits = random(2) === 0 ? isNote : undefined;
  const limited = random(2) === 0;
  const seen: StoredEvent[] = [];
  const covered = new Set<number>();
  const faults: unknown[] = [];
  let place = 0;
  let connection = 0;
  let granted = 0;
  let used = 0;
  let waiting = Promise.withResolvers<void>();
  let subscription: ReturnType<typeof subscribe> | undefined;

  function cover(to = 0): void {
    for (let seq = place + 1; seq <= to; seq += 1) covered.add(seq);
  }

  function connect(): void {
    const mine = ++connection;
    granted = limited ? 1 + random(3000) : Number.POSITIVE_INFINITY;
    used = 0;
    const { horizon } = store.pruned();
    if (place < horizon) cover(horizon);
    subscription = subscribe({
      ...{ store, after: place, fits, turn, ready: Promise.resolve() },
      credit: limited ? granted : undefined,
      async send(events, through, snapshotTo) {
        if (mine !== connection) return;
        // One event may be larger than what is left.
        if (events.length > 0 && used >= granted)
          faults.push(`${used} of ${granted} bytes were used already`);
        const { promise } = waiting;
        if (random(3) === 0) await promise;
        if (mine !== connection) return;
        cover(snapshotTo);
        used += events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)) + 1, 0);
        seen.push(...events);
        place = Math.max(place, through);
      },
      onError: (error) => faults.push(error),
    });
  }

  return {
    ...{ fits, seen, covered, faults, connect },
    place: () => place,
    leave() {
      connection += 1;
      subscription?.[Symbol.dispose]();
    },
    goOn() {
      waiting.resolve();
      waiting = Promise.withResolvers<void>();
      if (!limited) return;
      const bytes = 1 + random(4000);
      granted += bytes;
      subscription?.grant(bytes);
    },
  };
}

test("whatever comes between, each event comes once and in order, or is told to be in a snapshot", async () => {
  let pruned = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const random = randomly(seed);
    const store = openStore({ dir: join(dir, String(seed)), now: () => 1 });
    const all: StoredEvent[] = [];
    const make = (): NewEvent =>
      random(4) === 0
        ? { type: "note/recorded", payload: { caseId: null, who: "me", text: "x".repeat(1 + random(900)) } }
        : { type: "target/seen", payload: { name: `@${random(3)}`, firstSeenAt: all.length } };
    const readers = Array.from({ length: 3 }, () => makeReader(store, random));
    for (const reader of readers) reader.connect();
    for (let step = 0; step < 80; step += 1) {
      const reader = readers[random(readers.length)];
      const act = random(10);
      if (act < 4) all.push(...store.append(Array.from({ length: 1 + random(90) }, make)));
      else if (act < 5) pruned += (await store.prune(everything(2), asked)).events;
      else if (act < 6) {
        reader?.leave();
        reader?.connect();
      } else if (act < 9) reader?.goOn();
      for (let rounds = random(4); rounds > 0; rounds -= 1) await otherWork();
    }
    // What does not fit moves a reader's place, too.
    const rest: NewEvent = { type: "target/seen", payload: { name: "@end", firstSeenAt: 0 } };
    all.push(...store.append(Array.from({ length: 70 }, () => rest)));
    for (let rounds = 0; rounds < 20_000 && readers.some((one) => one.place() < all.length); rounds += 1) {
      for (const reader of readers) reader.goOn();
      await otherWork();
    }

    const kept = new Set(store.events(0, all.length).map(({ seq }) => seq));
    for (const { fits = () => true, seen, covered, faults, place, leave } of readers) {
      expect(faults, `seed ${seed}`).toEqual([]);
      expect(place(), `seed ${seed}`).toBe(all.length);
      const told = new Set(seen.map(({ seq }) => seq));
      expect(seen, `seed ${seed}`).toEqual(all.filter(({ seq }) => told.has(seq)));
      const lost = all.filter(
        (event) => !told.has(event.seq) && fits(event) && (kept.has(event.seq) || !covered.has(event.seq)),
      );
      expect(lost, `seed ${seed}`).toEqual([]);
      expect(seen.every(fits), `seed ${seed}`).toBe(true);
      leave();
    }
    store.close();
  }
  expect(pruned).toBeGreaterThan(0);
});
