import { createHash } from "node:crypto";

/** Most that a window may hold in memory, whatever the length of its lines. */
const WINDOW_BYTES = 64 * 1024;

/** A run of lines of a file, with the facts of the whole of it. */
export interface LineWindow {
  /** Lines of the window with their line ends, as bytes. */
  content: Buffer;
  /** 1-based number of the first and last line in `content`; `to` < `from` when it is empty. */
  from: number;
  to: number;
  lines: number;
  bytes: number;
  sha256: string;
}

/** Lines `from` to `from + count - 1`; with `from` null the last `count` lines. Cut at 64 KiB. */
export async function windowOf(
  chunks: AsyncIterable<Uint8Array>,
  from: number | null,
  count: number,
): Promise<LineWindow> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let current: Buffer[] = [];
  let currentBytes = 0;
  let lines = 0;
  let bytes = 0;
  const wanted = () => from === null || (lines + 1 >= from && lines + 1 < from + count);

  const endLine = () => {
    if (wanted() && (from === null || keptBytes < WINDOW_BYTES)) {
      kept.push(Buffer.concat(current));
      keptBytes += currentBytes;
      while (from === null && (kept.length > count || (keptBytes > WINDOW_BYTES && kept.length > 1))) {
        keptBytes -= kept.shift()?.length ?? 0;
      }
    }
    lines += 1;
    current = [];
    currentBytes = 0;
  };

  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    hash.update(chunk);
    bytes += chunk.length;
    for (let start = 0; start < chunk.length; ) {
      const newline = chunk.indexOf(10, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (wanted() && currentBytes < WINDOW_BYTES) {
        const part = chunk.subarray(start, Math.min(end, start + WINDOW_BYTES - currentBytes));
        current.push(part);
        currentBytes += part.length;
      } else if (!wanted()) {
        currentBytes = 1;
      }
      if (newline >= 0) endLine();
      start = end;
    }
  }
  if (currentBytes > 0) endLine();
  const first = from ?? lines - kept.length + 1;
  return {
    content: Buffer.concat(kept),
    from: first,
    to: first + kept.length - 1,
    lines,
    bytes,
    sha256: hash.digest("hex"),
  };
}
