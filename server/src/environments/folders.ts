import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../store/folders.ts";
import { clearLeftovers } from "./leftovers.ts";
import type { ManagerOptions } from "./manager.ts";
import { createMirrors, type Mirrors } from "./mirrors.ts";
import { makeReadableFolder } from "./readable.ts";
import { finishReplacements } from "./replace.ts";

/** Where a manager keeps what it makes, all by their real paths. */
interface Folders {
  /** A folder for each environment. */
  root: string;
  /** Composed trees that environments share. */
  bases: string;
  mirrored: string;
  mirrors: Mirrors;
  /** Removes what a killed process left half made in any of them, and names it. */
  clear(): Promise<string[]>;
}

/**
 * Makes the folders that are not there yet, and finishes or removes what a killed process was at, unless another one is at work
 * in them. Throws PortwrightError badState where there can be none.
 */
export async function openFolders(options: ManagerOptions): Promise<Folders> {
  const { config, stateDir, beside, newId } = options;
  const folder = config.environment.root ?? join(stateDir, "environments");
  makeFolder(folder, 0o700);
  const root = await realpath(folder);
  const bases = join(stateDir, "bases");
  makeFolder(bases, 0o700);
  const mirrored = join(await realpath(stateDir), "mirrors");
  await makeReadableFolder(mirrored);
  const mirrors = createMirrors(mirrored, newId);
  const clear = async () => [
    ...(await clearLeftovers(root)),
    ...(await clearLeftovers(bases)),
    ...(await mirrors.clear()),
  ];
  if (!beside) {
    await finishReplacements(root);
    await clear();
  }
  return { root, bases, mirrored, mirrors, clear };
}
