import type { StoredEvent } from "@portwright/server/protocol";
import type { Client } from "./client.ts";
import { creditKeeper, eventRoom } from "./credit.ts";

/** Above that many missed events a snapshot is read instead. */
const longestReplay = 5000;

/** Whether what is known up to `lastSeq` can be brought up to date by the events after it. */
export function canReplay(lastSeq: number | null, serverSeq: number): boolean {
  return lastSeq !== null && lastSeq <= serverSeq && serverSeq - lastSeq <= longestReplay;
}

/** Follows the events after `after`; where the server can, it sends no more than is handled in time. */
export async function subscribe(
  { server, call }: Client,
  after: number,
  onError: (error: unknown) => void,
): Promise<(events: readonly StoredEvent[]) => void> {
  const isBounded = server.capabilities.includes("credit");
  const { subscription } = await call("events/subscribe", { after, ...(isBounded && { credit: eventRoom }) });
  if (!isBounded) return () => {};
  return creditKeeper((bytes) => void call("events/credit", { subscription, bytes }).catch(onError));
}
