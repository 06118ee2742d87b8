import { mkdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { overlayOf } from "./environment.ts";
import { errorCode } from "./errors.ts";
import { composedFolder, type Layout, localFolder, ownFolders } from "./layout.ts";
import { transientFolder } from "./leftovers.ts";
import { type Metadata, writeMetadata } from "./metadata.ts";
import { revertOverlay } from "./overlay.ts";
import { linkOperatorPackages } from "./packages.ts";
import { linkPlainBase } from "./plain.ts";
import { makeReadableFolder } from "./readable.ts";
import { removeTree } from "./remove.ts";

/**
 * Leaves an environment as it was made. What was cut short is done by doing it again: the record comes first, so
 * that nothing which is gone is thought to be composed.
 */
export async function resetEnvironment(
  root: string,
  layout: Layout,
  metadata: Metadata,
  newId: () => string,
): Promise<void> {
  await writeMetadata(layout.root, { ...metadata, composed: {} });
  await revertOverlay(overlayOf(layout.root, metadata.commits.DeltaPorts));
  const aside = transientFolder(root, "removing", newId());
  await mkdir(aside);
  const own = ownFolders.filter((name) => name !== "DeltaPorts").map((name) => join(layout.root, name));
  for (const folder of [...own, localFolder(layout), composedFolder(layout)]) {
    await rename(folder, join(aside, basename(folder))).catch((error: unknown) => {
      // An earlier reset was killed here.
      if (errorCode(error) !== "ENOENT") throw error;
    });
    if (layout.kind === "plain" && folder === composedFolder(layout)) await linkPlainBase(layout);
    else await makeReadableFolder(folder);
  }
  await linkOperatorPackages(layout);
  await removeTree(aside);
}
