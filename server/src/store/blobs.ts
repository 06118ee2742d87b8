import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip, gzip, gzipSync } from "node:zlib";
import { PortwrightError } from "../protocol/index.ts";
import { chunksOfFile, largestContent, measure, readContent } from "./content.ts";
import { errorCode } from "./errors.ts";
import { createSettling } from "./settling.ts";
import { sweepBlobs } from "./sweep.ts";
import type { BlobStore } from "./types.ts";

/** Largest content that is read, and checked, in one piece; of more a range is asked for. */
const largestWholeRead = 256 << 20;

/** Content up to that size is packed in one piece, and not at all when it is kept already. */
const smallContent = 256 << 10;
const gzipped = promisify(gzip);

/** Less than that is packed in two milliseconds, mostly in far fewer than a change of threads costs. */
const tinyContent = 128 << 10;

/** A compressor's tables are a quarter of a megabyte; a few lines of text need no such. */
async function pack(content: Uint8Array): Promise<Buffer> {
  if (content.length < 4096) return gzipSync(content, { level: 1, windowBits: 12, memLevel: 4 });
  return content.length < tinyContent ? gzipSync(content, { level: 1 }) : gzipped(content, { level: 1 });
}

export function blobPath(folder: string, sha256: string): string {
  return join(folder, sha256.slice(0, 2), `${sha256.slice(2)}.gz`);
}

/**
 * Content-addressed files `FOLDER/ab/cdef....gz`, one gzip member each, packed lightly: logs shrink tenfold either way.
 * A blob is written aside in `FOLDER/tmp`, synced and renamed, so that what is visible is whole; what a killed process
 * left aside is swept before the first write.
 * Throws PortwrightError: notFound (hash or file), badParams (a source that cannot be taken), badState (no space),
 * internal (damaged content, unwritable folder).
 */
export function openBlobs(folder: string): BlobStore {
  const aside = join(folder, "tmp");
  let swept: Promise<unknown> | undefined;
  let written = 0;
  /** What is being stored just now, which no sweep may take for forgotten. */
  const storing = new Map<string, number>();
  const settle = createSettling();

  const pathOf = (sha256: string) => blobPath(folder, sha256);

  /** Sweeps once; a failed sweep is tried again by the next write. */
  async function ready(): Promise<void> {
    swept ??= rm(aside, { recursive: true, force: true }).then(() =>
      mkdir(aside, { recursive: true, mode: 0o700 }),
    );
    try {
      await swept;
    } catch (error) {
      swept = undefined;
      throw error;
    }
  }

  async function writeSmall(content: Uint8Array): Promise<{ sha256: string; bytes: number }> {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const kept = { sha256, bytes: content.length };
    const temporary = join(aside, String(++written));
    storing.set(sha256, (storing.get(sha256) ?? 0) + 1);
    try {
      if (await renewed(pathOf(sha256))) return kept;
      await ready();
      await writeFile(temporary, await pack(content), { flag: "wx", mode: 0o600, flush: true });
      await settle(temporary, pathOf(sha256));
      return kept;
    } catch (error) {
      await rm(temporary, { force: true });
      throw explain(error, folder);
    } finally {
      const others = (storing.get(sha256) ?? 0) - 1;
      if (others > 0) storing.set(sha256, others);
      else storing.delete(sha256);
    }
  }

  async function writeLarge(content: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    const temporary = join(aside, String(++written));
    const hash = createHash("sha256");
    let bytes = 0;
    async function* measured() {
      for await (const chunk of content) {
        bytes += chunk.length;
        if (bytes > largestContent)
          throw new PortwrightError(
            "badParams",
            `Content of more than ${largestContent} bytes is not stored.`,
          );
        hash.update(chunk);
        yield chunk;
      }
    }
    try {
      await ready();
      const file = createWriteStream(temporary, { flags: "w", mode: 0o600, flush: true });
      await pipeline(measured, createGzip({ level: 1 }), file);
      const sha256 = hash.digest("hex");
      await settle(temporary, pathOf(sha256));
      return { sha256, bytes };
    } catch (error) {
      await rm(temporary, { force: true });
      throw explain(error, folder);
    }
  }

  async function write(content: AsyncGenerator<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    const head: Uint8Array[] = [];
    let bytes = 0;
    while (bytes <= smallContent) {
      const { value, done } = await content.next();
      if (done) return writeSmall(head.length === 1 && head[0] ? head[0] : Buffer.concat(head));
      head.push(value);
      bytes += value.length;
    }
    return writeLarge(after(head, content));
  }

  return {
    put: async (content) => (await write(inOnePiece(content))).sha256,
    putFile: (path) => write(chunksOfFile(path)),
    has: async (sha256) => isHash(sha256) && (await exists(pathOf(sha256))),
    sweep: (isHeld, options) =>
      sweepBlobs(folder, (sha256) => storing.has(sha256) || isHeld(sha256), options),

    async read(sha256, range) {
      if (!isHash(sha256)) throw unknown(sha256);
      try {
        const path = pathOf(sha256);
        return await (range === undefined ? readWhole(path, sha256) : readContent(path, range));
      } catch (error) {
        if (error instanceof PortwrightError) throw error;
        throw errorCode(error) === "ENOENT" ? unknown(sha256) : damaged(sha256, error);
      }
    },

    async check(sha256) {
      if (!isHash(sha256)) throw unknown(sha256);
      const found = await measure(pathOf(sha256)).catch((error: unknown) => {
        const isGone = error instanceof PortwrightError && error.kind === "notFound";
        throw isGone ? unknown(sha256) : damaged(sha256, error);
      });
      if (found.sha256 === sha256) return found.bytes;
      throw damaged(sha256, new Error("its content has another hash"));
    },
  };
}

function unknown(sha256: string): PortwrightError {
  return new PortwrightError(
    "notFound",
    `No stored content has the hash ${sha256.slice(0, 64)}; what is over is not kept for ever ("retention").`,
  );
}

function damaged(sha256: string, cause: unknown): PortwrightError {
  return new PortwrightError(
    "internal",
    `Stored content ${sha256} is damaged: put back a copy of it.`,
    cause,
  );
}

async function readWhole(path: string, sha256: string): Promise<{ data: Buffer; bytes: number }> {
  const { data } = await readContent(path, { offset: 0, length: largestWholeRead + 1 });
  if (data.length > largestWholeRead)
    throw new PortwrightError("badParams", `Content ${sha256} is too large for one read: ask for a range.`);
  if (createHash("sha256").update(data).digest("hex") !== sha256)
    throw new Error("its content has another hash");
  return { data, bytes: data.length };
}

async function* after(
  head: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* rest;
}

async function* inOnePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Marks what is there already as stored now; false when it is not there. */
async function renewed(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function explain(error: unknown, folder: string): unknown {
  if (error instanceof PortwrightError) return error;
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT")
    return new PortwrightError(
      "badState",
      `No space left for ${folder}: free some and try again; nothing was lost.`,
      error,
    );
  return new PortwrightError(
    "internal",
    `Cannot write in ${folder}${code === "" ? "" : ` (${code})`}.`,
    error,
  );
}
