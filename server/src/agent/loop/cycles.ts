/** Longest round of moves that is looked for, and how often it has to be made. */
const LONGEST = 4;
const ROUNDS = 3;

/** How many moves the round has that the last ones repeat; null when they repeat none. */
export function roundOf(moves: readonly string[]): number | null {
  for (let period = 1; period <= LONGEST; period += 1) {
    const last = moves.slice(-period * ROUNDS);
    if (last.length === period * ROUNDS && last.every((move, place) => move === last[place % period]))
      return period;
  }
  return null;
}
