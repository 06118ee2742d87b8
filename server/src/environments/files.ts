import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat as statHost, unlink } from "node:fs/promises";
import { posix } from "node:path";
import { createLockTest } from "../tracker/lockTest.ts";
import { EnvironmentError, errorCode } from "./errors.ts";
import { hostCall, inFolder, isOthers, makeFolders } from "./held.ts";
import { lstatOrNull, type Namespace } from "./namespace.ts";
import { readableFileMode } from "./readable.ts";
import type { EnvironmentFiles, FileStat } from "./types.ts";

interface FilesOptions {
  namespace: Namespace;
  newId: () => string;
  /**
   * Refuse files with further names below the folders that builds write. Where mounts keep the inside
   * from linking files of the host, this is not needed and real archives with hard links stay readable.
   */
  refuseHardLinks: boolean;
}

const lockTest = createLockTest();
const defaultMaxBytes = 16 * 1024 * 1024;
const writable = ["/work/DeltaPorts/", "/work/obj/"];
const writtenByBuilds = ["/work/obj/", "/work/tmp/"];

export function createFiles({ namespace, newId, refuseHardLinks }: FilesOptions): EnvironmentFiles {
  async function stat(path: string): Promise<FileStat | null> {
    const { host, exists } = await namespace.resolve(path, { lastLink: "follow" });
    if (!exists) return null;
    if (host === null) return { type: "directory", bytes: 0 };
    const found = await lstatOrNull(host);
    if (found === null) return null;
    const type = found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
    return { type, bytes: found.size };
  }

  /** Gives `use` an open regular file, and its size. */
  async function withFile<T>(
    path: string,
    use: (handle: FileHandle, bytes: number, inode: number) => Promise<T>,
  ): Promise<T> {
    const { virtual, host, exists } = await namespace.resolve(path, { lastLink: "follow" });
    if (!exists || host === null) throw new EnvironmentError("file", `${path} does not exist or is a folder`);
    const handle = await openAt(path, host);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new EnvironmentError("file", `${path} is not a regular file`);
      if (refuseHardLinks && found.nlink > 1 && writtenByBuilds.some((folder) => virtual.startsWith(folder)))
        throw new EnvironmentError("path", `${path} is a hard link: the file has ${found.nlink} names`);
      return await use(handle, found.size, found.ino);
    } finally {
      await handle.close();
    }
  }

  /** Nothing but a regular file is opened: opening alone may move a device. */
  const openAt = (path: string, host: string): Promise<FileHandle> =>
    inFolder(namespace, path, posix.dirname(host), async (at) => {
      const name = `${at}/${posix.basename(host)}`;
      const found = await lstatOrNull(name);
      if (found !== null && !found.isFile() && !found.isSymbolicLink())
        throw new EnvironmentError("file", `${path} is not a regular file`);
      return openFile(path, name);
    });

  const read = (path: string, maxBytes = defaultMaxBytes): Promise<Buffer> =>
    withFile(path, (handle, bytes) => {
      if (bytes > maxBytes)
        throw new EnvironmentError("file", `${path} has ${bytes} bytes, more than ${maxBytes}`);
      return readFrom(handle, 0, bytes);
    });

  const readRange: EnvironmentFiles["readRange"] = (path, offset, length) =>
    withFile(path, async (handle, bytes, inode) => {
      const wanted = Math.max(0, Math.min(length, bytes - offset));
      return { data: await readFrom(handle, offset, wanted), bytes, inode };
    });

  async function list(path: string, limit = 1000) {
    const { host, exists } = await namespace.resolve(path, { lastLink: "follow" });
    if (host === null) return { entries: namespace.topNames().map((name) => `${name}/`), truncated: false };
    if (!exists) throw new EnvironmentError("file", `${path} does not exist`);
    const found = await inFolder(namespace, path, host, (at) =>
      hostCall(path, readdir(at, { withFileTypes: true })),
    );
    const names = found
      .filter((entry) => entry.name !== ".git")
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort();
    return { entries: names.slice(0, limit), truncated: names.length > limit };
  }

  /** Host path of a file that may be written, its parents made. */
  async function writableHost(path: string): Promise<string> {
    const { virtual, host } = await namespace.resolve(path, { lastLink: "refuse" });
    const below = writable.find((folder) => posix.normalize(path).startsWith(folder));
    // A link that a build or a distfile brought must not turn an edit of the sources into one of the overlay.
    if (below !== undefined && !virtual.startsWith(below))
      throw new EnvironmentError("path", `${path} leads out of ${below} by a link`);
    if (host === null || below === undefined)
      throw new EnvironmentError(
        "path",
        `${path}: only files below ${writable.join(" and ")} can be changed`,
      );
    return host;
  }

  async function write(path: string, content: Uint8Array): Promise<void> {
    const host = await writableHost(path);
    const parent = posix.dirname(host);
    await makeFolders(namespace, path, parent);
    await inFolder(namespace, path, parent, (at) => writeAt(at, path, posix.basename(host), content));
  }

  async function writeAt(parent: string, path: string, name: string, content: Uint8Array): Promise<void> {
    const host = `${parent}/${name}`;
    const existing = await lstatOrNull(host);
    if (existing && !existing.isFile()) throw new EnvironmentError("file", `${path} is not a regular file`);
    if (existing && existing.nlink > 1) throw new EnvironmentError("path", `${path} is a hard link`);
    const aside = `${parent}/.portwright-${newId()}`;
    try {
      const handle = await open(aside, "wx");
      try {
        await handle.writeFile(content);
        await handle.chmod(existing ? existing.mode & 0o777 : readableFileMode);
        const { uid, gid } = await statHost(parent);
        if (isOthers(uid)) await handle.chown(uid, gid);
      } finally {
        await handle.close();
      }
      await rename(aside, host);
    } catch (error) {
      await rm(aside, { force: true });
      throw new EnvironmentError("system", `${path} cannot be written: ${errorCode(error)}`, error);
    }
  }

  async function remove(path: string): Promise<void> {
    const host = await writableHost(path);
    const found = await stat(path);
    if (found === null) throw new EnvironmentError("file", `${path} does not exist`);
    if (found.type === "directory")
      throw new EnvironmentError("file", `${path} is a folder; remove its files one by one`);
    await inFolder(namespace, path, posix.dirname(host), (at) =>
      hostCall(path, unlink(`${at}/${posix.basename(host)}`)),
    );
  }

  async function isLocked(path: string): Promise<boolean | null> {
    const { host, exists } = await namespace.resolve(path, { lastLink: "refuse" });
    return exists && host !== null ? lockTest.held(host) : false;
  }

  return { stat, read, readRange, isLocked, list, write, remove };
}

/** Fewer bytes where the file was cut short meanwhile. */
async function readFrom(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Opens for reading without following a link and without waiting on a FIFO. */
function openFile(path: string, host: string) {
  return hostCall(path, open(host, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
}
