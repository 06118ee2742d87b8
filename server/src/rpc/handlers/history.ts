import { setImmediate as otherWork } from "node:timers/promises";
import {
  type Approval,
  type Job,
  PortwrightError,
  type Steering,
  type StoredEvent,
  type Turn,
} from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";
import { eventFilter } from "../eventFilter.ts";

/** Bound of the list in one answer, bytes of JSON; the caller asks on from the last one it got. */
const maxListBytes = 4 * 1024 * 1024;

/** The longest run of leading entries within the bound, at least one. */
function withinBound<T extends Turn | StoredEvent | Steering | Approval>(entries: readonly T[]): T[] {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    return index > 0 && bytes > maxListBytes;
  });
  return entries.slice(0, end < 0 ? undefined : end);
}

/** Places that a tail goes back through at most, and those between which other work goes on. */
const mostLookedAt = 50_000;
const lookedAtOnce = 500;

const newestWithin = <T extends Steering | Approval>(said: T[]): T[] => withinBound(said.reverse()).reverse();

/** Throws PortwrightError badParams for a place that the stream has not come to. */
function whereIs(store: Store, after: number): { seq: number; snapshotTo?: number } {
  const seq = store.lastSeq();
  if (after > seq)
    throw new PortwrightError(
      "badParams",
      `after: there is no event ${after} yet, the newest is ${seq}; where it was seen before, this state is another one: start again from 0`,
    );
  const { horizon } = store.pruned();
  return { seq, ...(after < horizon && { snapshotTo: horizon }) };
}

type HistoryMethods =
  | "runs/list"
  | "runs/live"
  | "jobs/list"
  | "session/get"
  | "events/list"
  | "events/tail"
  | "events/subscribe"
  | "artifact/read";

const itsTurn = ({ paused }: Job): string =>
  paused ? "a person holds it (`portwright case resume`)" : "it goes on when its turn comes";

export const historyHandlers: Pick<Handlers, HistoryMethods> = {
  async "runs/list"({ target, ...page }, { services }) {
    const { items, nextCursor } = services.store.runs({ target }, page);
    return { runs: items, nextCursor };
  },

  async "runs/live"(_params, { services }) {
    return { runs: services.liveRuns() };
  },

  async "jobs/list"(page, { services }) {
    const { items, nextCursor } = services.store.jobs({}, page);
    return { jobs: items, nextCursor };
  },

  async "session/get"({ case: ref, target, attempt: number, afterTurn }, { services }) {
    const { store, live } = services;
    const { id, origin } = resolveCase(store, ref, target);
    const attempts = store.attemptsOf(id);
    const attempt = number
      ? attempts.find((candidate) => candidate.number === number)
      : attempts.toSorted((left, right) => right.number - left.number)[0];
    if (!attempt)
      throw new PortwrightError(
        "notFound",
        number ? `${origin} has no attempt ${number}` : `${origin} has no attempt yet`,
      );
    const running = live.of(id);
    const job = attempt.outcome === null ? store.job(attempt.jobId) : null;
    const waits = job?.state === "queued" ? (services.whyWaits(job) ?? itsTurn(job)) : null;
    return {
      attempt,
      ...(waits !== null && { waits }),
      turns: withinBound(store.turns(attempt.id, afterTurn)),
      steerings: newestWithin(
        store.steeringsOf(id).filter(({ attemptId }) => attemptId === null || attemptId === attempt.id),
      ),
      approvals: newestWithin(store.approvalsOf(id).filter(({ attemptId }) => attemptId === attempt.id)),
      live: running?.attemptId === attempt.id ? running : null,
    };
  },

  async "events/list"({ after, limit }, { services: { store } }) {
    return { ...whereIs(store, after), events: withinBound(store.events(after, limit)) };
  },

  async "events/tail"({ limit, filter }, { services: { store }, signal }) {
    const fits = filter === undefined ? () => true : eventFilter(store, filter);
    const seq = store.lastSeq();
    const lowest = Math.max(0, seq - mostLookedAt);
    const newest: StoredEvent[] = [];
    let after = seq;
    while (newest.length < limit && after > lowest) {
      const older = store.eventsBefore(after + 1, lookedAtOnce);
      for (const event of older) {
        if (newest.length === limit) break;
        after = event.seq - 1;
        if (fits(event)) newest.push(event);
      }
      if (older.length < lookedAtOnce && newest.length < limit) after = 0;
      signal.throwIfAborted();
      await otherWork();
    }
    const events = withinBound(newest).reverse();
    return { events, seq, after: events.length < newest.length ? (events[0]?.seq ?? seq) - 1 : after };
  },

  async "events/subscribe"({ after, credit, filter }, { services: { store }, subscribe }) {
    const fits = filter && eventFilter(store, filter);
    const place = whereIs(store, after);
    return { subscription: subscribe({ after, credit, fits }), ...place };
  },

  async "artifact/read"({ sha256, offset, length }, { services: { store } }) {
    const { data, bytes } = await store.blobs.read(sha256, { offset, length });
    return { data: data.toString("base64"), bytes, eof: offset + data.length >= bytes };
  },
};
