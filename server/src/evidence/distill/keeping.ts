import type { Sighting } from "./types.ts";

const KEPT_FIRST = 140;
const KEPT_LAST = 30;
const KEPT_OF_PAST = 6;
const TERMINALS_FIRST = 6;
const TERMINALS_LAST = 18;

/** A bounded choice of sightings: the first and the last of the phase that is on, the surest of those before it. */
export class Keeping {
  private past: Sighting[] = [];
  private first: Sighting[] = [];
  private last: Sighting[] = [];
  private terminalsFirst: Sighting[] = [];
  private terminalsLast: Sighting[] = [];

  /** All that is kept, in the order of the log. */
  all(): Sighting[] {
    const all = [...this.past, ...this.first, ...this.last, ...this.terminalsFirst, ...this.terminalsLast];
    return all.sort((a, b) => a.finding.offset - b.finding.offset);
  }

  add(sighting: Sighting): void {
    if (sighting.finding.role === "terminal") {
      if (this.terminalsFirst.length < TERMINALS_FIRST) this.terminalsFirst.push(sighting);
      else push(this.terminalsLast, sighting, TERMINALS_LAST);
    } else if (this.first.length < KEPT_FIRST) this.first.push(sighting);
    else push(this.last, sighting, KEPT_LAST);
  }

  /** Those of the phase that is on from a line on, without the lines in which make gives up; latest first. */
  since(line: number): Sighting[] {
    return [...this.first, ...this.last].filter(({ finding }) => finding.line >= line).reverse();
  }

  /** A phase that is over and done keeps only a few of its findings. */
  closePhase(): void {
    const over = [...this.first, ...this.last].sort((a, b) => b.finding.confidence - a.finding.confidence);
    this.past.push(...over.slice(0, KEPT_OF_PAST));
    if (this.past.length > 2 * KEPT_FIRST) this.past.splice(KEPT_FIRST, this.past.length - 2 * KEPT_FIRST);
    this.first = [];
    this.last = [];
    this.terminalsFirst = [];
    this.terminalsLast = [];
  }
}

function push<T>(list: T[], entry: T, limit: number): void {
  list.push(entry);
  if (list.length > limit) list.shift();
}
