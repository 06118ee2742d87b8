import { readdir, rename, symlink, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { composedFolder, type Layout, repositoryFolder, repositoryName } from "./layout.ts";
import { lstatOrNull } from "./namespace.ts";
import { makeReadableFolder } from "./readable.ts";

/**
 * The kind `plain` has no mounts: links stand for what is shared. DPorts is a folder of links to the
 * base's entries; a category becomes a folder of links once one of its ports is composed here.
 */
export async function linkPlainTrees(layout: Layout): Promise<void> {
  await symlink(layout.freebsdPorts, join(layout.root, "freebsd-ports"));
  await symlink(join("..", repositoryName), repositoryFolder(layout));
  await symlink(layout.distfiles, join(layout.root, "distfiles"));
  if (layout.packages !== null) await symlink(layout.packages, join(layout.root, "operator-packages"));
  await linkPlainBase(layout);
}

/** DPorts with nothing composed here. */
export function linkPlainBase(layout: Layout): Promise<void> {
  return linkEntries(layout.base, composedFolder(layout));
}

/** Makes room for DPorts/ORIGIN as a folder of the environment's own. */
export async function openPlainCategory(layout: Layout, origin: string): Promise<void> {
  const category = dirname(origin);
  const place = join(composedFolder(layout), category);
  const found = await lstatOrNull(place);
  if (found?.isSymbolicLink()) {
    const aside = `${place}.new`;
    await linkEntries(join(layout.base, category), aside);
    await unlink(place);
    await rename(aside, place);
  } else await makeReadableFolder(place);
  const port = join(composedFolder(layout), origin);
  const link = await lstatOrNull(port);
  if (link?.isSymbolicLink()) await unlink(port);
}

async function linkEntries(from: string, to: string): Promise<void> {
  await makeReadableFolder(to);
  for (const name of await readdir(from)) await symlink(join(from, name), join(to, name));
}
