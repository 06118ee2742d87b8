import type { StoredEvent } from "../protocol/index.ts";
import type { RpcClient } from "../rpc/client.ts";
import { UnreachableError } from "../rpc/clientErrors.ts";

/**
 * Calls `take` with each event after `after`, in order and one at a time, until it answers false or `signal`
 * closes. Throws UnreachableError when the server ends the connection, and whatever `take` throws.
 */
export async function followEvents(
  client: RpcClient,
  after: number,
  signal: AbortSignal,
  take: (event: StoredEvent) => Promise<boolean>,
): Promise<void> {
  const batches: StoredEvent[][] = [];
  let arrived = Promise.withResolvers<void>();
  client.on("events/batch", ({ events }) => {
    batches.push(events);
    arrived.resolve();
  });
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve(), { once: true });
  let lost = false;
  const ended = client.ended.then(() => {
    lost = true;
  });
  await client.call("events/subscribe", { after }, signal);
  for (;;) {
    for (let batch = batches.shift(); batch; batch = batches.shift())
      for (const event of batch) {
        signal.throwIfAborted();
        if (!(await take(event))) return;
      }
    signal.throwIfAborted();
    if (lost) throw new UnreachableError("the server ended the connection");
    if (batches.length > 0) continue;
    arrived = Promise.withResolvers<void>();
    await Promise.race([arrived.promise, aborted.promise, ended]);
  }
}
