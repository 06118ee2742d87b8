/** Where a port is now; `to` is null when it was removed. */
export interface Moved {
  to: string | null;
  date: string;
  reason: string;
}

/** A port may move several times; a circle ends here. */
const maxMoves = 10;

/** Reads MOVED (`from|to|date|reason` a line, `to` empty for a removal) into a lookup that follows every move. */
export function parseMoved(text: string): (origin: string) => Moved | null {
  const moves = new Map<string, Moved>();
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const [from = "", to = "", date = "", reason = ""] = line.split("|");
    if (from !== "") moves.set(from, { to: to === "" ? null : to, date, reason });
  }
  return (origin) => {
    let last: Moved | null = null;
    let at: string | null = origin;
    for (let step = 0; at !== null && step < maxMoves; step += 1) {
      const next = moves.get(at);
      if (next === undefined) break;
      last = next;
      at = next.to;
    }
    return last;
  };
}
