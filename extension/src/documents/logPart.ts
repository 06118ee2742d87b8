/** A log up to that size is opened whole; of a larger one a part, so that it is there at once. */
const wholeBytes = 8 * 1024 * 1024;
const partBytes = 2 * 1024 * 1024;

export interface Part {
  /** Offsets in the log; its first and last line may be cut there. */
  from: number;
  to: number;
}

/** The part of a log of `bytes` around an offset; null where the whole is small enough. */
export function partAround(bytes: number, offset: number): Part | null {
  if (bytes <= wholeBytes) return null;
  const from = Math.max(0, Math.min(offset - partBytes * 0.75, bytes - partBytes));
  return { from: Math.floor(from), to: Math.min(bytes, Math.floor(from) + partBytes) };
}

/** The parts beside one, overlapping by a little so that a line which is cut in one stands in the other. */
export function partBefore({ from }: Part): Part | null {
  if (from === 0) return null;
  const to = from + overlap;
  return { from: Math.max(0, to - partBytes), to };
}

export function partAfter({ to }: Part, bytes: number): Part | null {
  if (to >= bytes) return null;
  const from = Math.max(0, to - overlap);
  return { from, to: Math.min(bytes, from + partBytes) };
}

const overlap = 16 * 1024;

const lineFeed = 10;

/** Where the first whole line of a part begins, in bytes from the part's start. */
export function firstWholeLine(bytes: Uint8Array, { from }: Part): number {
  return from === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
}

/** The whole lines of a part; a cut line at either end is left out. */
export function wholeLines(bytes: Uint8Array, part: Part, isEnd: boolean): Uint8Array {
  const end = isEnd ? bytes.length : bytes.lastIndexOf(lineFeed) + 1;
  return bytes.subarray(firstWholeLine(bytes, part), Math.max(end, firstWholeLine(bytes, part)));
}

/** Line, from 0, at the end of these bytes, where a line ends as in the editor: CR LF, LF or CR. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === lineFeed || (byte === 13 && bytes[at + 1] !== lineFeed)) lines += 1;
  }
  return lines;
}
