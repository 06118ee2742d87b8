import { existsSync, mkdirSync, statSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PortwrightError } from "../protocol/errors.ts";
import { errorCode } from "./errors.ts";

/**
 * Makes a folder that a person named, and those above it that are missing. Throws PortwrightError badState where there can be
 * none: Node's own recursive mkdir never ends below a folder that takes no new ones and says ENOENT, such as /proc.
 */
export function makeFolder(path: string, mode?: number): void {
  const folder = resolve(path);
  const [first] = missingOf(folder);
  if (first !== undefined) makeFirst(folder, first, mode);
  mkdirSync(folder, { recursive: true, mode });
}

/** The same for its own user alone; its name lasts through a power cut, and so do those of the ones made above it. */
export async function makeLastingFolder(path: string): Promise<void> {
  const missing = missingOf(resolve(path));
  makeFolder(path, 0o700);
  for (const folder of missing) await sync(dirname(folder));
}

/** From the outermost one down to this one. */
function missingOf(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

function makeFirst(folder: string, first: string, mode: number | undefined): void {
  try {
    mkdirSync(first, { mode });
  } catch (error) {
    const code = errorCode(error);
    // Another process may have made it meanwhile.
    if (code === "EEXIST" && statSync(first).isDirectory()) return;
    if (code !== "ENOENT") throw error;
    throw new PortwrightError(
      "badState",
      `${folder} cannot be made: ${dirname(first)} takes no new folders; name another place.`,
      error,
    );
  }
}

/** Waits until the disk has a file, or the names in a folder. */
export async function sync(path: string): Promise<void> {
  await using handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems keep the names in their folders by other means.
    if (errorCode(error) !== "EINVAL" || !(await handle.stat()).isDirectory()) throw error;
  }
}

/** The same for a folder and all in it. */
export async function syncAll(folder: string, signal: AbortSignal): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    signal.throwIfAborted();
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? syncAll(path, signal) : sync(path));
  }
  await sync(folder);
}
