import type { StoredEvent } from "@portwright/server/protocol";

/** Room for events that are on their way or not handled yet, bytes of their JSON. */
export const eventRoom = 256 * 1024;

/** Counts handled events as the server counts what it sends, and grants the room anew when half of it is used. */
export function creditKeeper(grant: (bytes: number) => void): (events: readonly StoredEvent[]) => void {
  let handled = 0;
  return (events) => {
    for (const event of events) handled += Buffer.byteLength(JSON.stringify(event)) + 1;
    if (handled < eventRoom / 2) return;
    grant(handled);
    handled = 0;
  };
}
