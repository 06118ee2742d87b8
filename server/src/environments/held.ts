import { constants, existsSync } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { posix } from "node:path";
import { EnvironmentError, errorCode } from "./errors.ts";
import { lstatOrNull, type Namespace } from "./namespace.ts";
import { readableFolderMode } from "./readable.ts";

/** Where an open folder has a name of its own, which no rename and no link put in its place can change. */
const descriptors = process.platform === "linux" && existsSync("/proc/self/fd") ? "/proc/self/fd" : null;
const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY;
const ownFolderOnly = folderOnly | constants.O_NOFOLLOW;

/**
 * Gives `use` a name for the folder by which it stays the one that was resolved, whatever a build does to the path meanwhile.
 * Where the system has no such names the path itself is looked at right before.
 */
export async function inFolder<T>(
  namespace: Pick<Namespace, "recheck">,
  path: string,
  folder: string,
  use: (at: string) => Promise<T>,
): Promise<T> {
  const handle = await hostCall(path, open(folder, folderOnly));
  try {
    const at = descriptors === null ? folder : `${descriptors}/${handle.fd}`;
    await namespace.recheck(path, folder, at);
    return await use(at);
  } finally {
    await handle.close();
  }
}

/** Makes what is missing of a resolved folder, as whoever owns the folder that is there. */
export async function makeFolders(
  namespace: Pick<Namespace, "recheck">,
  path: string,
  folder: string,
): Promise<void> {
  const missing: string[] = [];
  let there = folder;
  for (; (await lstatOrNull(there)) === null; there = posix.dirname(there))
    missing.unshift(posix.basename(there));
  for (const name of missing) {
    await inFolder(namespace, path, there, async (at) => {
      const made = `${at}/${name}`;
      // Another write may have made it meanwhile; what it is shows when it is gone into.
      if ((await lstatOrNull(made)) !== null) return;
      await hostCall(path, mkdir(made, { recursive: true }));
      const { uid, gid } = await stat(at);
      // A build may have put a link in its place: what was opened is no link.
      const handle = await hostCall(path, open(made, ownFolderOnly));
      try {
        if (isOthers(uid)) await handle.chown(uid, gid);
        await handle.chmod(readableFolderMode);
      } finally {
        await handle.close();
      }
    });
    there = posix.join(there, name);
  }
}

/** Whether builds run as that user and not as the server's: what is written among its files has to be its own. */
export const isOthers = (uid: number): boolean => uid !== process.getuid?.();

export async function hostCall<T>(path: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ELOOP") throw new EnvironmentError("path", `${path} is a symbolic link`, error);
    throw new EnvironmentError("file", `${path}: ${code || "cannot be opened"}`, error);
  }
}
