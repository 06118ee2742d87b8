import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { codeOf, messageOf } from "./errors.ts";

/** Unpacked bytes of one log that are read at most, by default. */
const MAX_LOG_BYTES = 2 * 1024 ** 3;
const CHUNK = 64 * 1024;

/** How a log was read; filled while `chunks` is consumed and complete at its end. */
export interface LogReading {
  /**
   * The log's bytes, unpacked. Ends early, with a problem, where the file is damaged or too large. A chunk is good until
   * the next is asked for: its memory is used again.
   */
  chunks: AsyncIterable<Uint8Array>;
  /** Of the unpacked bytes, so far. */
  bytes: number;
  sha256: string;
  problems: string[];
}

/**
 * Opens a log, gzipped or plain (by its first bytes, not its name). Links are refused. Throws what `open` throws;
 * everything found later becomes a problem.
 */
export async function openLog(path: string, limits: { maxBytes?: number } = {}): Promise<LogReading> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    const magic = Buffer.alloc(2);
    await handle.read(magic, 0, 2, 0);
    const reading: LogReading = { chunks: empty(), bytes: 0, sha256: "", problems: [] };
    const packed = magic[0] === 0x1f && magic[1] === 0x8b;
    reading.chunks = consume(handle, packed, limits.maxBytes ?? MAX_LOG_BYTES, reading);
    return reading;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function* consume(
  handle: FileHandle,
  packed: boolean,
  maxBytes: number,
  reading: LogReading,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of packed ? unpacked(handle) : plain(handle)) {
      const room = maxBytes - reading.bytes;
      const piece = chunk.length > room ? chunk.subarray(0, room) : chunk;
      reading.bytes += piece.length;
      hash.update(piece);
      yield piece;
      if (piece.length < chunk.length) {
        reading.problems.push(`the log is longer than ${maxBytes} bytes; the rest was not read`);
        break;
      }
    }
  } catch (error) {
    reading.problems.push(
      `the log is damaged after ${reading.bytes} bytes: ${codeOf(error) ?? messageOf(error)}`,
    );
  } finally {
    reading.sha256 = hash.digest("hex");
    await handle.close();
  }
}

/** One buffer for all: fresh ones would pile up to many megabytes before they are collected. */
async function* plain(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(CHUNK);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpacked(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const file = handle.createReadStream({ start: 0, highWaterMark: CHUNK, autoClose: false });
  const stream = file.pipe(createGunzip({ chunkSize: CHUNK }));
  file.on("error", (error) => stream.destroy(error));
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } finally {
    stream.destroy();
    file.destroy();
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
