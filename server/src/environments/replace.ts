import { access, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { placeOf } from "./inventory.ts";
import { transientFolder } from "./leftovers.ts";
import { readMetadata } from "./metadata.ts";
import { removeTree } from "./remove.ts";

const purpose = "replacing";

/**
 * Puts the environment that was made in `aside` in the place of the one with its name. A place cannot be exchanged by
 * one rename; between the two that it takes, the new one stands under a name that `finishReplacements` looks for.
 */
export async function replaceEnvironment(
  root: string,
  name: string,
  aside: string,
  newId: () => string,
): Promise<void> {
  const place = placeOf(root, name);
  const next = transientFolder(root, purpose, newId());
  const old = transientFolder(root, "removing", newId());
  await rename(aside, next);
  try {
    await rename(place, old);
  } catch (error) {
    await removeTree(next);
    throw error;
  }
  await rename(next, place);
  await removeTree(old);
}

/** Brings what a killed server was replacing to its end. Before `clearLeftovers`, which removes what is left of it. */
export async function finishReplacements(root: string): Promise<void> {
  for (const folder of (await readdir(root)).filter((each) => each.startsWith(`.${purpose}-`))) {
    const next = join(root, folder);
    // Made whole before it got this name; what cannot be read is someone's own.
    const record = await readMetadata(next, folder).catch(() => null);
    if (record === null) continue;
    const place = placeOf(root, record.name);
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (!isThere) await rename(next, place);
  }
}
