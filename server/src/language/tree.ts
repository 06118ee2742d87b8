import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import { type Moved, parseMoved } from "../environments/moved.ts";
import { parseOrigin } from "../protocol/origin.ts";

/** What a makefile may refer to. Nothing here is known when no trees are configured. */
export interface Trees {
  /** Words of USES; null when not known. */
  uses(): Promise<ReadonlySet<string> | null>;
  /** The comment that heads a word's makefile; "" when there is none. */
  usesComment(word: string): Promise<string>;
  /** Keywords of packing lists that the framework adds to pkg's; null when not known. */
  keywords(): Promise<ReadonlySet<string> | null>;
  /** null when not known. */
  hasPort(origin: string): Promise<boolean | null>;
  /** Where a port went; null for one that MOVED does not name. */
  moved(origin: string): Promise<Moved | null>;
}

const maxMovedBytes = 16 * 1024 * 1024;
const maxCommentBytes = 64 * 1024;
const maxCommentLines = 40;
const maxCached = 1000;

/** Reads the configured trees as plain files, each again only once it has changed. */
export function createTrees(trees: ServerConfig["trees"]): Trees {
  if (trees === undefined) return unknownTrees;
  const { freebsdPorts, deltaPorts } = trees;
  const usesFolder = join(freebsdPorts, "Mk/Uses");
  const names = cached(async (folder, _bytes) => new Set(await readdir(folder)));
  const moved = cached(async (file, bytes) => parseMoved(await head(file, Math.min(bytes, maxMovedBytes))));
  const comments = cached(async (file) => headComment(await head(file, maxCommentBytes)));
  const stems = async (folder: string, suffix: string): Promise<Set<string> | null> => {
    const found = await names(folder);
    if (found === null) return null;
    const fitting = [...found].filter((name) => name.endsWith(suffix));
    return new Set(fitting.map((name) => name.slice(0, -suffix.length)));
  };
  return {
    uses: () => stems(usesFolder, ".mk"),
    keywords: () => stems(join(freebsdPorts, "Keywords"), ".ucl"),
    async usesComment(word) {
      if (!/^[\w.+-]+$/.test(word)) return "";
      return (await comments(join(usesFolder, `${word}.mk`))) ?? "";
    },
    async hasPort(origin) {
      if (parseOrigin(origin) === undefined) return false;
      const own = join(deltaPorts, "ports", origin, "newport");
      return (await modified(join(freebsdPorts, origin))) !== null || (await modified(own)) !== null;
    },
    moved: async (origin) => (await moved(join(freebsdPorts, "MOVED")))?.(origin) ?? null,
  };
}

const unknownTrees: Trees = {
  uses: async () => null,
  usesComment: async () => "",
  keywords: async () => null,
  hasPort: async () => null,
  moved: async () => null,
};

async function modified(path: string): Promise<{ at: number; bytes: number } | null> {
  try {
    const { mtimeMs, size } = await stat(path);
    return { at: mtimeMs, bytes: size };
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code)))
      return null;
    throw error;
  }
}

/** Keeps what was made of a path until that is modified; null for a path that is not there. */
function cached<T>(make: (path: string, bytes: number) => Promise<T>): (path: string) => Promise<T | null> {
  const kept = new Map<string, { at: number; value: Promise<T> }>();
  return async (path) => {
    const now = await modified(path);
    if (now === null) return null;
    const known = kept.get(path);
    if (known?.at === now.at) return known.value;
    if (kept.size >= maxCached) kept.clear();
    const value = make(path, now.bytes);
    kept.set(path, { at: now.at, value });
    value.catch(() => kept.delete(path));
    return value;
  };
}

async function head(path: string, bytes: number): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.toString("utf8", 0, bytesRead);
}

function headComment(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(0, end < 0 ? undefined : end)
    .map((line) => line.replace(/^#[ ]?/, ""))
    .filter((line) => !/^(?:\$FreeBSD|MAINTAINER:)/.test(line))
    .slice(0, maxCommentLines)
    .join("\n")
    .trim();
}
