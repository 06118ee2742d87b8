import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/*
 * What builds read, who may run as another user than the server. A server's mask keeps all that it writes to its own user; what is
 * written by these is readable whatever the mask is.
 */

export const readableFolderMode = 0o755;
export const readableFileMode = 0o644;

/** For sh(1), before a program whose files builds read, and before builds: what they install has the modes of any build. */
export const readableMask = "umask 022";

/** With those above it that are missing; one that is there stays as it is. */
export async function makeReadableFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made))
    await chmod(made, readableFolderMode);
}

export async function writeReadable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, readableFileMode);
}

/** The same command with that mask. */
export function readably(argv: readonly string[]): [string, ...string[]] {
  return ["/bin/sh", "-c", `${readableMask} && exec "$@"`, "sh", ...argv];
}
