import type { Hunk, HunkLine } from "../../protocol/unifiedDiff.ts";

/** Lines of a source to be replaced: `remove` lines from index `at` give way to `insert`. */
export interface SourceEdit {
  at: number;
  remove: number;
  insert: string[];
}

/** Where a patch's changes belong in a source, whatever became of the lines about them. */
export interface Placement {
  edits: SourceEdit[];
  /** Changes that the source already holds. */
  applied: number;
  /** For each change that has no single place: why, quoting its first line. */
  misplaced: string[];
}

/** A run of changed lines with the unchanged ones of its hunk about it. */
interface Change {
  removed: string[];
  added: string[];
  before: string[];
  after: string[];
}

/** How far from a change its context may have moved, in lines. */
const reach = 12;

/**
 * Finds each change of a file's hunks by its own lines, its context only telling equal places apart. A change is
 * placed when its removed lines stand in exactly one best place; one that only adds needs a telling line of context
 * beside it. Nothing is guessed: what could stand in two places equally well is misplaced.
 */
export function placeHunks(source: readonly string[], hunks: readonly Pick<Hunk, "lines">[]): Placement {
  const placement: Placement = { edits: [], applied: 0, misplaced: [] };
  for (const change of hunks.flatMap((hunk) => changesOf(hunk.lines))) {
    const place = placeChange(source, change);
    if (place === "applied") placement.applied += 1;
    else if (typeof place === "string") placement.misplaced.push(place);
    else placement.edits.push(place);
  }
  placement.edits.sort((a, b) => a.at - b.at);
  const overlapping = placement.edits.find((edit, index) => {
    const next = placement.edits[index + 1];
    return (
      next !== undefined && edit.at + Math.max(1, edit.remove) > next.at && edit.remove + next.remove > 0
    );
  });
  if (overlapping !== undefined)
    placement.misplaced.push("two changes of the patch would land on the same lines");
  return placement;
}

/** The source with the edits made; they are in order and do not overlap. */
export function applyEdits(source: readonly string[], edits: readonly SourceEdit[]): string[] {
  const result = [...source];
  for (const edit of [...edits].reverse()) result.splice(edit.at, edit.remove, ...edit.insert);
  return result;
}

function changesOf(lines: readonly HunkLine[]): Change[] {
  const changes: Change[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at]?.tag === " ") continue;
    let end = at;
    while (end < lines.length && lines[end]?.tag !== " ") end += 1;
    const run = lines.slice(at, end);
    const texts = (part: readonly HunkLine[], tag: HunkLine["tag"]): string[] =>
      part.filter((line) => line.tag === tag).map((line) => line.text);
    changes.push({
      removed: texts(run, "-"),
      added: texts(run, "+"),
      before: texts(lines.slice(0, at), " "),
      after: texts(lines.slice(end), " "),
    });
    at = end;
  }
  return changes;
}

/** Lines that tell where the changes belong: what each one removes or adds and the nearest telling context. */
export function landmarksOf(hunks: readonly Pick<Hunk, "lines">[]): string[] {
  const longest = (lines: readonly string[]): string[] =>
    lines
      .filter((line) => telling([line]))
      .sort((a, b) => b.trim().length - a.trim().length)
      .slice(0, 1);
  return hunks
    .flatMap((hunk) => changesOf(hunk.lines))
    .flatMap((change) => [
      ...longest(change.removed),
      ...longest(change.added),
      ...(change.removed.length > 0
        ? []
        : [...longest(change.before.slice(-2)), ...longest(change.after.slice(0, 2))]),
    ])
    .map((line) => line.trim());
}

interface Spot {
  at: number;
  score: number;
}

function placeChange(source: readonly string[], change: Change): SourceEdit | "applied" | string {
  const { removed, added } = change;
  const quoted = JSON.stringify((removed[0] ?? added[0] ?? "").trim());
  const there = best(spotsOf(source, added, change));
  if (removed.length === 0) {
    if (there !== null && telling(added)) return "applied";
    const spot = best(insertionSpots(source, change));
    if (spot === null) return `no telling line about the added ${quoted} is left`;
    if (spot === "tie") return `the added ${quoted} could go to several places`;
    return { at: spot.at, remove: 0, insert: added };
  }
  const spot = best(spotsOf(source, removed, change));
  const alreadyThere = there !== null && there !== "tie" && telling(added);
  if (spot === null) {
    if (alreadyThere || (added.length === 0 && telling(removed))) return "applied";
    return `the line ${quoted} is not in the source any more`;
  }
  if (spot === "tie") return `the line ${quoted} stands in several places`;
  const fitsBetter =
    alreadyThere &&
    (there.score > spot.score || (there.score === spot.score && added.length > removed.length));
  return fitsBetter ? "applied" : { at: spot.at, remove: removed.length, insert: added };
}

/** The one spot of highest score, `tie` when several share it, null when there is none. */
function best(spots: readonly Spot[]): Spot | "tie" | null {
  const [first, second] = [...spots].sort((a, b) => b.score - a.score);
  if (first === undefined) return null;
  return second !== undefined && second.score === first.score ? "tie" : first;
}

/** Every place where a block stands, exactly if it does so anywhere, else with blanks disregarded. */
function spotsOf(source: readonly string[], block: readonly string[], change: Change): Spot[] {
  if (block.length === 0) return [];
  for (const same of [exactly, loosely]) {
    const spots: Spot[] = [];
    for (let at = 0; at + block.length <= source.length; at += 1) {
      if (!block.every((line, index) => same(line, source[at + index] ?? ""))) continue;
      spots.push({ at, score: contextScore(source, at, at + block.length, change) });
    }
    if (spots.length > 0) return spots;
  }
  return [];
}

/** Places between two lines of which at least one is telling context of the change. */
function insertionSpots(source: readonly string[], change: Change): Spot[] {
  const above = change.before.at(-1);
  const below = change.after[0];
  const spots: Spot[] = [];
  for (let at = 0; at <= source.length; at += 1) {
    const fitsAbove = above !== undefined && at > 0 && loosely(above, source[at - 1] ?? "");
    const fitsBelow = below !== undefined && at < source.length && loosely(below, source[at] ?? "");
    const tells = (fitsAbove && telling([above])) || (fitsBelow && telling([below]));
    if (!tells && !(fitsAbove && fitsBelow)) continue;
    const score = contextScore(source, at, at, change) + (fitsAbove ? 2 : 0) + (fitsBelow ? 2 : 0);
    if (score > 2) spots.push({ at, score });
  }
  return spots;
}

/** Telling context lines found near the place, those right beside it counting once more. */
function contextScore(source: readonly string[], from: number, to: number, change: Change): number {
  const above = source.slice(Math.max(0, from - reach), from);
  const below = source.slice(to, to + reach);
  let score = 0;
  for (const line of change.before)
    if (telling([line]) && above.some((one) => loosely(line, one))) score += 1;
  for (const line of change.after) if (telling([line]) && below.some((one) => loosely(line, one))) score += 1;
  if (from > 0 && loosely(change.before.at(-1) ?? "", source[from - 1] ?? "")) score += 1;
  if (to < source.length && loosely(change.after[0] ?? "", source[to] ?? "")) score += 1;
  return score;
}

const exactly = (a: string, b: string): boolean => a === b;
const loosely = (a: string, b: string): boolean => squeeze(a) === squeeze(b);
const squeeze = (line: string): string => line.replace(/\s+/g, " ").trim();

/** Whether a block says something of its own: a brace, `else` or `#endif` stands everywhere. */
function telling(block: readonly string[]): boolean {
  return block.some(
    (line) => /\w{2,}.*\w{2,}|\w{5,}/.test(line) && !/^\s*#?\s*(?:endif|else|return|break)\b\W*$/.test(line),
  );
}
