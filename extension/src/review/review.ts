import type { MethodResult, ReviewFile, ReviewHunk } from "@portwright/server/protocol";
import type { ReviewSide } from "../documents/reference.ts";
import { Emitter } from "../emitter.ts";

/** What a review is of. */
export interface ReviewSubject {
  readonly builder: string;
  readonly caseId: string;
}

/** A hunk as the server numbers it. */
export interface HunkName {
  path: string;
  hunk: number;
}

/** One diff while a person reads it: its files, and the hunks that are to be left out of what is proved next. */
export class Review {
  readonly subject: ReviewSubject;
  readonly sha256: string;
  readonly proved: boolean;
  readonly files: readonly ReviewFile[];
  readonly #dropped = new Set<string>();
  readonly #changes = new Emitter<void>();
  readonly onChange = this.#changes.on;

  constructor(subject: ReviewSubject, { sha256, proved, files }: MethodResult<"case/review">) {
    this.subject = subject;
    this.sha256 = sha256;
    this.proved = proved;
    this.files = files;
  }

  isDropped({ path, hunk }: HunkName): boolean {
    return this.#dropped.has(keyOf(path, hunk));
  }

  get dropped(): HunkName[] {
    return this.hunks().filter((name) => this.isDropped(name));
  }

  /** Every hunk, file by file. */
  hunks(): HunkName[] {
    return this.files.flatMap(({ path, hunks }) => hunks.map(({ number }) => ({ path, hunk: number })));
  }

  setDropped(name: HunkName, dropped: boolean): void {
    const key = keyOf(name.path, name.hunk);
    if (this.#dropped.has(key) === dropped) return;
    if (dropped) this.#dropped.add(key);
    else this.#dropped.delete(key);
    this.#changes.fire();
  }

  /** The hunk that a line (from 1) of one side of a file belongs to, or the nearest one in that file. */
  hunkAt(path: string, side: ReviewSide, line: number): HunkName | null {
    const hunks = this.files.find((file) => file.path === path)?.hunks ?? [];
    const nearest = hunks.toSorted((a, b) => distance(a, side, line) - distance(b, side, line))[0];
    return nearest ? { path, hunk: nearest.number } : null;
  }
}

const keyOf = (path: string, hunk: number): string => `${path}\0${hunk}`;

/** Lines between a line and a hunk; 0 inside. */
function distance(hunk: ReviewHunk, side: ReviewSide, line: number): number {
  const [first, count] = hunkLines(hunk, side);
  const last = first + Math.max(count, 1) - 1;
  return line < first ? first - line : line > last ? line - last : 0;
}

/** First line of a hunk on one side, from 1, and how many. */
export function hunkLines(hunk: ReviewHunk, side: ReviewSide): [first: number, count: number] {
  return side === "original" ? [hunk.oldStart, hunk.oldLines] : [hunk.newStart, hunk.newLines];
}
