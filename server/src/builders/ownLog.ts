import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { bannerOf, cutNotice, maxLogBytes, openLog } from "./bannerLog.ts";

type PhaseOf = (line: string) => string | undefined;

/** A longer line is no heading. */
const headingBytes = 4096;
const newline = 10;

/**
 * Copies a builder's log byte for byte; before each line that begins a phase in the builder's own words it puts the
 * heading that everyone reads. Returns the size of the copy.
 */
export async function copyLog(from: string, to: string, phaseOf: PhaseOf | undefined): Promise<number> {
  const target = (await openLog(to)).createWriteStream();
  const copied = (chunks: AsyncIterable<Buffer>) =>
    bounded(phaseOf === undefined ? chunks : headed(chunks, phaseOf));
  await pipeline(createReadStream(from), copied, target);
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

async function* headed(chunks: AsyncIterable<Buffer>, phaseOf: PhaseOf): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  // The rest is the end of a line whose beginning is gone.
  let isTail = false;
  for await (const chunk of chunks) {
    const text = Buffer.concat([rest, chunk]);
    let line = 0;
    let written = 0;
    for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, line)) {
      const isHeading = !isTail && end - line <= headingBytes;
      const phase = isHeading ? phaseOf(text.toString("latin1", line, end).trimEnd()) : undefined;
      if (phase !== undefined) {
        yield text.subarray(written, line);
        yield Buffer.from(bannerOf(phase));
        written = line;
      }
      isTail = false;
      line = end + 1;
    }
    yield text.subarray(written, line);
    rest = text.subarray(line);
    if (rest.length <= headingBytes) continue;
    yield rest;
    rest = Buffer.alloc(0);
    isTail = true;
  }
  yield rest;
}
