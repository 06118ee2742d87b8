import type { NotificationParams, StoredEvent } from "../protocol/index.ts";
import type { EventFilter } from "../protocol/methods/events.ts";
import type { RpcClient } from "../rpc/client.ts";
import { UnreachableError } from "../rpc/clientErrors.ts";

interface FollowRequest {
  after: number;
  /** Ends when all up to that event has been seen; undefined: goes on. */
  until?: number | undefined;
  filter?: EventFilter | undefined;
  /** Told when the replay is not all that happened: up to that event only the newest word on each entity is kept. */
  onSnapshot?: (to: number) => void;
}

/**
 * Calls `take` with each event, in order and one at a time, until it answers false or `signal`
 * closes. Throws UnreachableError when the server ends the connection, and whatever `take` throws.
 */
export async function followEvents(
  client: RpcClient,
  { after, until = Number.POSITIVE_INFINITY, filter, onSnapshot }: FollowRequest,
  signal: AbortSignal,
  take: (event: StoredEvent) => Promise<boolean>,
): Promise<void> {
  const batches: NotificationParams<"events/batch">[] = [];
  let arrived = Promise.withResolvers<void>();
  client.on("events/batch", (batch) => {
    batches.push(batch);
    arrived.resolve();
  });
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve(), { once: true });
  let lost = false;
  const ended = client.ended.then(() => {
    lost = true;
  });
  const { snapshotTo } = await client.call("events/subscribe", { after, ...(filter && { filter }) }, signal);
  if (snapshotTo !== undefined) onSnapshot?.(snapshotTo);
  for (;;) {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      if (batch.snapshotTo !== undefined) onSnapshot?.(batch.snapshotTo);
      for (const event of batch.events) {
        signal.throwIfAborted();
        if (!(await take(event))) return;
      }
      if ((batch.through ?? batch.events.at(-1)?.seq ?? 0) >= until) return;
    }
    signal.throwIfAborted();
    if (lost) throw new UnreachableError("the server ended the connection");
    if (batches.length > 0) continue;
    arrived = Promise.withResolvers<void>();
    await Promise.race([arrived.promise, aborted.promise, ended]);
  }
}
