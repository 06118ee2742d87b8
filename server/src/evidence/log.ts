import { createHash } from "node:crypto";
import { constants as flags } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { constants, createGunzip, type ZlibOptions } from "node:zlib";
import { codeOf, messageOf } from "./errors.ts";
import { smallPacked, unpackedAtOnce } from "./gzip.ts";

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
  const handle = await open(path, flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new Error(`${path} is not a regular file`);
    const magic = Buffer.alloc(2);
    await handle.read(magic, 0, 2, 0);
    const reading: LogReading = { chunks: empty(), bytes: 0, sha256: "", problems: [] };
    const packed = magic[0] === 0x1f && magic[1] === 0x8b;
    const chunks = packed ? unpacked(handle, status.size) : plain(handle);
    reading.chunks = consume(handle, chunks, limits.maxBytes ?? MAX_LOG_BYTES, reading);
    return reading;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function* consume(
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  reading: LogReading,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of chunks) {
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

/** Throws on damage, after all that stands before it. */
async function* unpacked(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const whole = size > smallPacked ? null : unpackedAtOnce(await content(handle, size));
  if (whole !== null) {
    yield whole;
    return;
  }
  let given = 0;
  try {
    for await (const chunk of gunzipped(handle, { chunkSize: CHUNK })) {
      given += chunk.length;
      yield chunk;
    }
  } catch (error) {
    yield* remainder(handle, given);
    throw error;
  }
}

async function content(handle: FileHandle, size: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(size), 0, size, 0);
  return buffer.subarray(0, bytesRead);
}

/** zlib drops the piece in which it meets damage: read once more in small pieces, of a log that is cut short all. */
async function* remainder(handle: FileHandle, skip: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  try {
    for await (const chunk of gunzipped(handle, { chunkSize: 1024, finishFlush: constants.Z_SYNC_FLUSH })) {
      at += chunk.length;
      if (at > skip) yield chunk.subarray(Math.max(0, chunk.length - (at - skip)));
    }
  } catch {
    // The same damage again; who asked for the remainder reports it.
  }
}

async function* gunzipped(handle: FileHandle, options: ZlibOptions): AsyncGenerator<Uint8Array> {
  const file = Readable.from(copies(plain(handle)));
  const stream = file.pipe(createGunzip(options));
  file.on("error", (error) => stream.destroy(error));
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } finally {
    stream.destroy();
    file.destroy();
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

async function* empty(): AsyncGenerator<Uint8Array> {}
