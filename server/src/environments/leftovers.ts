import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "./host.ts";
import { thisPlatform, unmountFolder } from "./kinds/chroot/mounted.ts";
import { removeTree } from "./remove.ts";

/** Names of folders in the making or in removal: `.making-PID-ID`. A dead process will not finish its own. */
const transient = /^\.[a-z-]+-(\d+)-/;

/** Folder for work that is put in place by a rename, or taken out of its place by one. */
export function transientFolder(parent: string, purpose: string, id: string): string {
  return join(parent, `.${purpose}-${process.pid}-${id}`);
}

const mounted = "mounted";

/** Folder that things are mounted on: its name tells, before anything is, who unmounts it. */
export const mountFolder = (parent: string, id: string): string => transientFolder(parent, mounted, id);

/** Folders of `parent` that a process left behind when it was killed. */
export async function findLeftovers(parent: string): Promise<string[]> {
  const left: string[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const owner = transient.exec(entry.name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    if (entry.isDirectory()) left.push(entry.name);
  }
  return left;
}

/** Returns the names of what is gone now. */
export async function clearLeftovers(parent: string): Promise<string[]> {
  const found = await findLeftovers(parent);
  for (const name of found) {
    const folder = join(parent, name);
    const platform = thisPlatform();
    // What is mounted there is someone's: it is unmounted, never removed.
    if (name.startsWith(`.${mounted}-`) && platform) await unmountFolder(folder, platform);
    else await removeTree(folder);
  }
  return found;
}
