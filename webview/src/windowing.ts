import type { Turn } from "@portwright/server/protocol";

/** Distance of each turn's top from that of the first, in pixels; one more than there are turns, the last for the end. */
export type Offsets = readonly number[];

const headingPixels = 60;
const callPixels = 35;
const linePixels = 20;
const lineCharacters = 110;

/** Height of a turn that was not drawn yet, with its cards closed. */
export function estimateHeight({ text, reasoning, calls }: Turn): number {
  const lines = text === "" ? 0 : Math.min(100, text.length / lineCharacters + text.split("\n", 100).length);
  return headingPixels + lines * linePixels + calls.length * callPixels + (reasoning === "" ? 0 : callPixels);
}

export function offsetsOf(heights: Iterable<number>): Offsets {
  const offsets = [0];
  let end = 0;
  for (const height of heights) {
    end += height;
    offsets.push(end);
  }
  return offsets;
}

/** Index of the turn that lies at `pixel`; the first or last one beyond the ends. */
export function indexAt(offsets: Offsets, pixel: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] ?? 0) <= pixel) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A turn to draw, and the empty space above it that stands for those that are not drawn. */
export interface Piece {
  readonly index: number;
  readonly gap: number;
}

/** The turns between two pixels with some beyond them, and `pinned` ones (the focused turn, the one gone to) wherever they are. */
export function piecesOf(
  offsets: Offsets,
  top: number,
  bottom: number,
  pinned: readonly number[],
): { pieces: Piece[]; rest: number } {
  const count = offsets.length - 1;
  if (count === 0) return { pieces: [], rest: 0 };
  const beyond = Math.max(200, (bottom - top) / 2);
  const indexes = new Set(pinned.filter((index) => index >= 0 && index < count));
  const last = indexAt(offsets, bottom + beyond);
  for (let index = indexAt(offsets, top - beyond); index <= last; index += 1) indexes.add(index);
  let end = 0;
  const pieces = [...indexes]
    .sort((a, b) => a - b)
    .map((index) => {
      const gap = (offsets[index] ?? 0) - end;
      end = offsets[index + 1] ?? end;
      return { index, gap };
    });
  return { pieces, rest: (offsets[count] ?? 0) - end };
}
