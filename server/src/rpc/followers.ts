import { setTimeout as sleep } from "node:timers/promises";
import type { LiveFeed } from "../agent/live/feed.ts";
import {
  type LiveChange,
  type NotificationParams,
  PortwrightError,
  type SessionLive,
} from "../protocol/index.ts";

/** Changes within that time are told together. A word waits for the next token too, and both may take 60 ms at most. */
const coalesceMs = 30;
/** JSON of the changes that wait for one follower; when there are more, it is given the whole state instead. */
const maxPendingBytes = 192 * 1024;
const maxFollowers = 32;

interface FollowersOptions {
  feed: LiveFeed;
  /** Settles when the notification has left for the kernel; the next one is made only then. */
  send: (params: NotificationParams<"session/live">) => Promise<void>;
  onError: (error: unknown) => void;
}

/** Those on one connection that look on at attempts. */
export class Followers implements Disposable {
  readonly #options: FollowersOptions;
  readonly #followers = new Map<string, Disposable>();
  #count = 0;

  constructor(options: FollowersOptions) {
    this.#options = options;
  }

  /** Nothing is sent before `ready`. */
  follow(caseId: string, ready: Promise<void>): { subscription: string; live: SessionLive | null } {
    if (this.#followers.size >= maxFollowers)
      throw new PortwrightError(
        "badState",
        `a connection follows at most ${maxFollowers} sessions: end one with session/unfollow`,
      );
    this.#count += 1;
    const subscription = `live-${this.#count}`;
    this.#followers.set(subscription, followLive(this.#options, caseId, subscription, ready));
    return { subscription, live: this.#options.feed.of(caseId) };
  }

  unfollow(subscription: string): void {
    const follower = this.#followers.get(subscription);
    if (!follower)
      throw new PortwrightError(
        "notFound",
        `this connection follows nothing as ${subscription.slice(0, 80)}`,
      );
    this.#followers.delete(subscription);
    follower[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const subscription of [...this.#followers.keys()]) this.unfollow(subscription);
  }
}

/** Holds the changes since the last notification, within a bound, never a queue of notifications. */
function followLive(
  { feed, send, onError }: FollowersOptions,
  caseId: string,
  subscription: string,
  ready: Promise<void>,
): Disposable {
  let ended = false;
  let wake = Promise.withResolvers<void>();
  /** null: the whole state is due. */
  let pending: LiveChange[] | null = [];
  let bytes = 0;
  const listening = feed.follow(caseId, (change) => {
    if (change === null) pending = null;
    if (pending !== null && change !== null) {
      bytes += Buffer.byteLength(JSON.stringify(change));
      if (bytes > maxPendingBytes) pending = null;
      else join(pending, change);
    }
    wake.resolve();
  });

  const pump = async (): Promise<void> => {
    await ready;
    for (;;) {
      await wake.promise;
      await sleep(coalesceMs, undefined, { ref: false });
      if (ended) return;
      wake = Promise.withResolvers<void>();
      const live = feed.of(caseId);
      const told = pending === null ? { changes: [], live } : { changes: pending };
      pending = [];
      bytes = 0;
      await send({ subscription, attemptId: live?.attemptId ?? null, ...told });
    }
  };
  const end = (): void => {
    ended = true;
    listening[Symbol.dispose]();
    wake.resolve();
  };
  pump().catch((error: unknown) => {
    if (!ended) onError(error);
    end();
  });
  return { [Symbol.dispose]: end };
}

/** Adds a change, put together with the last one where the reducer makes the same of both. */
function join(changes: LiveChange[], change: LiveChange): void {
  const last = changes.at(-1);
  const continues = (change.type === "text" || change.type === "reasoning") && last?.type === change.type;
  if (continues) changes[changes.length - 1] = { ...change, text: last.text + change.text };
  else changes.push(change);
}
