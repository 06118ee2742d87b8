import type { StoredEvent } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import type { Turn } from "./turns.ts";

/** Bound of one batch, bytes of its events' JSON; a single larger event travels alone. */
const maxBatchBytes = 256 * 1024;
/** Events read from the store at a time; bounds what a subscription holds in memory. */
const readAhead = 64;

interface SubscriptionOptions {
  store: Store;
  /** Events with a larger `seq` are sent. */
  after: number;
  /** Bytes of events' JSON that may be sent until more is granted; without it there is no such limit. */
  credit?: number | undefined;
  /** Which events are sent; all of them without it. */
  fits?: ((event: StoredEvent) => boolean) | undefined;
  /** Nothing is sent before. */
  ready: Promise<void>;
  /** Each look at the store waits for it. */
  turn: Turn;
  /**
   * Settles when the batch has left for the kernel; the next one is read only then. All that fits up to `through` has been
   * sent with it; an empty batch only says so. `snapshotTo` is there where pruning has overtaken the reader.
   */
  send: (events: StoredEvent[], through: number, snapshotTo?: number) => Promise<void>;
  /** Sending or reading failed; the subscription has ended. */
  onError: (error: unknown) => void;
}

export interface Subscription extends Disposable {
  /** Bytes that the reader has room for besides what it has not used yet. */
  grant(bytes: number): void;
}

/** Bytes of an event's JSON and what parts it from the next; followers are told of the same ones. */
const sizes = new WeakMap<StoredEvent, number>();
function sizeOf(event: StoredEvent): number {
  const known = sizes.get(event) ?? Buffer.byteLength(JSON.stringify(event)) + 1;
  sizes.set(event, known);
  return known;
}

/** The longest run of leading events within the bound, at least one, and its size. */
function takeBatch(events: readonly StoredEvent[], bound: number): { batch: StoredEvent[]; bytes: number } {
  const batch: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = sizeOf(event);
    if (batch.length > 0 && bytes + size > bound) break;
    bytes += size;
    batch.push(event);
  }
  return { batch, bytes };
}

/**
 * Replays and then follows the stream: each event once and in order. It holds a position, never a queue:
 * a reader that stops reading pauses it and costs nothing more, however much is appended meanwhile.
 */
export function subscribe(options: SubscriptionOptions): Subscription {
  const { store, after, fits, ready, turn, send, onError } = options;
  let credit = options.credit ?? Number.POSITIVE_INFINITY;
  let granted = Promise.withResolvers<void>();
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const listening = store.onAppend(() => wake.resolve());
  /** Who subscribes is told of that one. */
  const known = store.pruned().horizon;

  const pump = async (): Promise<void> => {
    let position = after;
    let told = after;
    let horizon = known;
    let snapshotTo: number | undefined;
    const tell = async (events: StoredEvent[]): Promise<void> => {
      const passed = snapshotTo;
      snapshotTo = undefined;
      await send(events, position, passed);
    };
    await ready;
    while (!ended) {
      await turn();
      wake = Promise.withResolvers<void>();
      const pruned = store.pruned().horizon;
      if (position < pruned && pruned > horizon) snapshotTo = horizon = pruned;
      const read = store.events(position, readAhead);
      if (read.length === 0 && position === told) await wake.promise;
      else if (read.length === 0) await tell([]);
      told = read.length === 0 ? position : told;
      let waiting = fits ? read.filter(fits) : read;
      while (waiting.length > 0 && !ended) {
        if (credit <= 0) {
          granted = Promise.withResolvers<void>();
          await granted.promise;
          continue;
        }
        const { batch, bytes } = takeBatch(waiting, Math.min(maxBatchBytes, credit));
        credit -= bytes;
        position = batch.at(-1)?.seq ?? position;
        await tell(batch);
        told = position;
        waiting = waiting.slice(batch.length);
      }
      position = read.at(-1)?.seq ?? position;
    }
  };
  const end = (): void => {
    ended = true;
    listening[Symbol.dispose]();
    wake.resolve();
    granted.resolve();
  };
  pump().catch((error: unknown) => {
    if (!ended) onError(error);
    end();
  });
  const grant = (bytes: number): void => {
    credit += bytes;
    if (credit > 0) granted.resolve();
  };
  return { grant, [Symbol.dispose]: end };
}
