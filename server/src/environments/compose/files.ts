import type { Dirent, Stats } from "node:fs";
import { constants, cp, lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { ComposeError } from "./errors.ts";

const portFileLimit = 64 * 1024 * 1024;

/** One entry below a folder: `path` relative to it with `/`, `content` a link's target or a file's bytes. */
export interface PortEntry {
  path: string;
  kind: "file" | "link";
  content: Buffer;
}

/** Entries of a folder sorted by name, or an empty list when there is no such folder. */
export async function listFolder(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw new ComposeError(`cannot read ${folder}`, cause);
  }
}

/** Every file and link below `folder`, in the order of their names; nothing when the folder is absent. */
export async function* portEntries(folder: string, prefix = ""): AsyncGenerator<PortEntry> {
  for (const entry of await listFolder(join(folder, prefix))) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* portEntries(folder, path);
    else yield await readEntry(folder, path, entry);
  }
}

async function readEntry(folder: string, path: string, entry: Dirent): Promise<PortEntry> {
  const absolute = join(folder, path);
  if (entry.isSymbolicLink()) return { path, kind: "link", content: Buffer.from(await readlink(absolute)) };
  if (!entry.isFile()) throw new ComposeError(`${absolute} is neither a file, a folder nor a link`);
  const { size } = await lstat(absolute);
  if (size > portFileLimit)
    throw new ComposeError(`${absolute} has ${size} bytes; a port's file may have ${portFileLimit}`);
  return { path, kind: "file", content: await readFile(absolute) };
}

/** Copies a file or folder; links stay links, and file systems that can share blocks do. */
export async function copyEntry(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  } catch (cause) {
    throw new ComposeError(`cannot copy ${from} to ${to}`, cause);
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return (await statusOf(path))?.isDirectory() ?? false;
}

export async function isPresent(path: string): Promise<boolean> {
  return (await statusOf(path)) !== undefined;
}

export async function isFile(path: string): Promise<boolean> {
  return (await statusOf(path))?.isFile() ?? false;
}

export async function isLink(path: string): Promise<boolean> {
  return (await statusOf(path))?.isSymbolicLink() ?? false;
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw new ComposeError(`cannot read ${path}`, cause);
  }
}

function isAbsent(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
