import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "./host.ts";
import { removeTree } from "./remove.ts";

/** Names of folders in the making or in removal: `.making-PID-ID`. A dead process will not finish its own. */
const transient = /^\.[a-z-]+-(\d+)-/;

/** Folder for work that is put in place by a rename, or taken out of its place by one. */
export function transientFolder(parent: string, purpose: string, id: string): string {
  return join(parent, `.${purpose}-${process.pid}-${id}`);
}

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

export async function clearLeftovers(parent: string): Promise<void> {
  for (const name of await findLeftovers(parent)) await removeTree(join(parent, name));
}
