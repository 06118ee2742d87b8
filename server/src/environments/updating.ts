import { overlayOf } from "./environment.ts";
import { EnvironmentError } from "./errors.ts";
import { placeOf } from "./inventory.ts";
import type { Kind } from "./kinds/types.ts";
import { cleanSources, type MakingParts, makeAside, refreshMirrors } from "./making.ts";
import { type Metadata, readMetadata } from "./metadata.ts";
import { overlayChanges } from "./overlay.ts";
import { removeTree } from "./remove.ts";
import { replaceEnvironment } from "./replace.ts";
import { headCommit } from "./sources.ts";
import type { EnvironmentManager } from "./types.ts";

/** As EnvironmentManager.update; nobody else works in the environment meanwhile. */
export async function updateEnvironment(
  making: MakingParts,
  isolation: Kind,
  name: string,
  { force, signal }: Parameters<EnvironmentManager["update"]>[1],
): ReturnType<EnvironmentManager["update"]> {
  const { root, newId, mirrors, trees } = making;
  const at = placeOf(root, name);
  const old = await readMetadata(at, name);
  const changesTo = (commits: Metadata["commits"]) =>
    (["freebsd-ports", "DeltaPorts"] as const).map((tree) => ({
      ...{ tree, before: old.commits[tree], after: commits[tree] },
    }));
  // Edits there rest on what a mirror holds.
  if (!(await mirrors.areThere())) await refreshMirrors(mirrors, await cleanSources(trees, signal), signal);
  if (!force && old.kind === isolation.name && (await isUpToDate(making, old))) {
    // Whoever changed his checkout and committed nothing would take that it is there already for his change.
    await cleanSources(trees, signal);
    return changesTo(old.commits);
  }
  if (!force) await refuseEdits(old, at);
  const accept = (commits: Metadata["commits"]) => requireFollowing(making, old, commits, signal);
  const { layout, metadata } = await makeAside(making, { record: old, signal, ...(!force && { accept }) });
  try {
    // Making it takes a while, in which a person may have begun to edit.
    if (!force) await refuseEdits(old, at);
    await replaceEnvironment(root, name, layout.root, newId);
    await isolation.reset?.(name, at);
  } catch (error) {
    await removeTree(layout.root);
    throw error;
  }
  return changesTo(metadata.commits);
}

async function isUpToDate(
  { trees, cache, composer, operatingSystem }: MakingParts,
  { commits, base, target }: Metadata,
): Promise<boolean> {
  const isBaseThere = await cache.path(base).then(
    () => true,
    () => false,
  );
  return (
    isBaseThere &&
    base === cache.key(commits, composer.variant({ operatingSystem, target })) &&
    commits["freebsd-ports"] === (await headCommit(trees.freebsdPorts)) &&
    commits.DeltaPorts === (await headCommit(trees.deltaPorts))
  );
}

/** Throws EnvironmentError naming the first edited files of an environment's DeltaPorts. */
async function refuseEdits({ name, commits }: Metadata, at: string): Promise<void> {
  const edited = await overlayChanges(overlayOf(at, commits.DeltaPorts));
  if (edited.length === 0) return;
  const shown = edited.slice(0, 5).join(", ");
  const more = edited.length > 5 ? ` and ${edited.length - 5} more` : "";
  throw new EnvironmentError(
    "edited",
    `DeltaPorts has edits in environment ${name}: ${shown}${more}. Keep what you need of them, then force the update, which drops them.`,
  );
}

/** Throws EnvironmentError naming the first tree whose checkout does not follow from what the environment has. */
async function requireFollowing(
  { mirrors }: MakingParts,
  { name, commits }: Metadata,
  present: Metadata["commits"],
  signal?: AbortSignal,
): Promise<void> {
  for (const tree of ["freebsd-ports", "DeltaPorts"] as const) {
    const [from, to] = [commits[tree], present[tree]];
    if (!(await mirrors.leadsTo(tree, from, to, signal)))
      throw new EnvironmentError(
        "diverged",
        `${tree} diverged: ${from.slice(0, 12)}, of which environment ${name} is made, does not lead to ${to.slice(0, 12)}, at which your checkout is now (another branch, or a history made anew). Force the update to take it all the same.`,
      );
  }
}
