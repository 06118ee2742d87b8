import { pipeline } from "node:stream/promises";
import { bannerOf, cutNotice, maxLogBytes, openLog } from "./bannerLog.ts";
import { HeadingFinder, type PhaseOf } from "./headings.ts";
import type { BuilderLog } from "./types.ts";

/**
 * Copies a builder's log byte for byte; before each line that begins a phase in the builder's own words it puts the
 * heading that everyone reads. Returns the size of the copy.
 */
export async function copyLog(
  from: AsyncIterable<Buffer>,
  to: string,
  { phaseOf, watch = (reading) => reading() }: Pick<BuilderLog, "phaseOf" | "watch">,
): Promise<number> {
  const target = (await openLog(to)).createWriteStream();
  const copied = (chunks: AsyncIterable<Buffer>) =>
    bounded(phaseOf === undefined ? chunks : headed(chunks, phaseOf, watch));
  await pipeline(from, copied, target);
  return target.bytesWritten;
}

async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let room = maxLogBytes;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, room);
    room -= chunk.length;
    if (room >= 0) continue;
    yield Buffer.from(cutNotice);
    return;
  }
}

async function* headed(
  chunks: AsyncIterable<Buffer>,
  phaseOf: PhaseOf,
  watch: NonNullable<BuilderLog["watch"]>,
): AsyncGenerator<Uint8Array> {
  const finder = new HeadingFinder(phaseOf);
  for await (const chunk of chunks)
    for (const piece of watch(() => [...finder.push(chunk)]))
      yield typeof piece === "string" ? Buffer.from(bannerOf(piece)) : piece;
  yield finder.rest();
}
