import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { smallPacked, unpackedAtOnce } from "../evidence/gzip.ts";
import { PortwrightError } from "../protocol/index.ts";
import { errorCode } from "./errors.ts";

/** Largest content kept; it also makes the length in gzip's trailer, which is modulo 2^32, exact. */
export const largestContent = 1 << 30;

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** All of a small plain file, which takes less than to wait for another thread; null for any other, and an empty one. */
function smallFile(path: string): Buffer | null {
  const file = openSync(path, flags);
  try {
    const status = fstatSync(file);
    if (!status.isFile() || status.size > smallPacked || status.size === 0) return null;
    const content = Buffer.allocUnsafeSlow(status.size);
    return content.subarray(0, readSync(file, content, 0, status.size, 0));
  } finally {
    closeSync(file);
  }
}

/**
 * The content of a plain file, or what a `.gz` file unpacks to; no link is followed at the path's end.
 * Throws PortwrightError notFound or badParams, so that a source at fault differs from a store at fault.
 */
export async function* chunksOfFile(path: string): AsyncGenerator<Buffer> {
  const packed = path.endsWith(".gz");
  try {
    const small = smallFile(path);
    const whole = small !== null && packed ? unpackedAtOnce(small) : small;
    if (whole !== null) return yield whole;
    await using handle = await open(path, flags);
    const status = await handle.stat();
    if (!status.isFile()) throw new PortwrightError("badParams", `${path} is not a plain file.`);
    yield* packed ? unpacked(handle, status.size) : piecesOf(handle, status.size);
  } catch (error) {
    if (error instanceof PortwrightError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT") throw new PortwrightError("notFound", `${path} does not exist.`, error);
    if (code.startsWith("Z_"))
      throw new PortwrightError("badParams", `${path} is no whole gzip file.`, error);
    throw new PortwrightError("badParams", `${path} cannot be read (${code}).`, error);
  }
}

/** Of such a file's content, in constant memory. Throws as `chunksOfFile` does. */
export async function measure(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunksOfFile(path)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/**
 * The bytes from `offset` on, at most `length`, as many as there are, and the length of all; unpacks from the beginning and
 * stops once it has them. Of larger files only a read to the content's end meets gzip's own check of the whole.
 */
export async function readContent(
  path: string,
  range: { offset: number; length: number },
): Promise<{ data: Buffer; bytes: number }> {
  const end = range.offset + range.length;
  const small = smallFile(path);
  const whole = small === null ? null : unpackedAtOnce(small);
  if (whole !== null) return { data: whole.subarray(range.offset, end), bytes: whole.length };
  const pieces: Buffer[] = [];
  let place = 0;
  await using handle = await open(path, flags);
  const { size } = await handle.stat();
  for await (const chunk of unpacked(handle, size)) {
    if (place >= end) break;
    pieces.push(chunk.subarray(Math.max(0, range.offset - place), Math.max(0, end - place)));
    place += chunk.length;
  }
  return { data: Buffer.concat(pieces), bytes: await contentLength(handle, size) };
}

/** The length that a gzip file of one member unpacks to: its last four bytes (RFC 1952). */
async function contentLength(handle: FileHandle, size: number): Promise<number> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
  if (bytesRead < 4) throw new Error("it is shorter than a gzip trailer");
  return buffer.readUInt32LE();
}

/**
 * A file piece by piece, as long as it was when it was opened. No buffer is larger than the file: what small files leave
 * unused would pile up to many megabytes, and have all garbage collected for it.
 */
async function* piecesOf(handle: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < size; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(1 << 18, size - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The pipeline hands an error of either stream to the reader. */
async function* unpacked(handle: FileHandle, size: number): AsyncGenerator<Buffer> {
  const source = Readable.from(piecesOf(handle, size));
  const chunkSize = Math.min(1 << 16, Math.max(1 << 12, size * 16));
  try {
    for await (const chunk of pipeline(source, createGunzip({ chunkSize }), () => {})) yield chunk as Buffer;
  } finally {
    source.destroy();
  }
}
