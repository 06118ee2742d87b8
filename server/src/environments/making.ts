import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import type { BaseCache } from "./base.ts";
import type { Composer } from "./composer.ts";
import { nearestTree } from "./earlier.ts";
import { overlayOf } from "./environment.ts";
import { EnvironmentError } from "./errors.ts";
import { readInventory } from "./inventory.ts";
import { composedFolder, type Layout, localFolder, ownFolders, repositoryFolder } from "./layout.ts";
import { transientFolder } from "./leftovers.ts";
import { type Metadata, writeMetadata } from "./metadata.ts";
import type { Mirrors } from "./mirrors.ts";
import { createOverlay } from "./overlay.ts";
import { linkOperatorPackages } from "./packages.ts";
import { linkPlainTrees } from "./plain.ts";
import { makeReadableFolder } from "./readable.ts";
import { removeTree } from "./remove.ts";
import { inspectSource, requireClean, type SourceState } from "./sources.ts";

export interface MakingParts {
  /** Folder of all environments. */
  root: string;
  trees: NonNullable<ServerConfig["trees"]>;
  cache: BaseCache;
  mirrors: Mirrors;
  composer: Composer;
  operatingSystem: string;
  newId: () => string;
  /** Throws when nothing may run in what would be made. */
  ready: (signal?: AbortSignal) => Promise<void>;
  layoutOf: (at: string, freebsdPorts: string, base: string) => Promise<Layout>;
}

interface Made {
  layout: Layout;
  metadata: Metadata;
}

interface Order {
  record: Pick<Metadata, "name" | "target" | "createdAt">;
  signal?: AbortSignal | undefined;
  /** Throws where it may not be made of these commits. */
  accept?: (commits: Metadata["commits"]) => Promise<void>;
}

/**
 * Makes a whole environment of the trees' present commits in a folder aside, which a rename puts in its place.
 * Nothing is left of it when this throws.
 */
export async function makeAside(parts: MakingParts, order: Order): Promise<Made> {
  const { record, signal } = order;
  const aside = transientFolder(parts.root, "creating", parts.newId());
  try {
    const made = await fill(parts, aside, order);
    signal?.throwIfAborted();
    return made;
  } catch (error) {
    await removeTree(aside);
    if (signal?.aborted)
      throw new EnvironmentError("cancelled", `making environment ${record.name} was cancelled`, error);
    if (error instanceof EnvironmentError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError("system", `environment ${record.name} cannot be made: ${said}`, error);
  }
}

/** What both checkouts are at. Throws EnvironmentError where one has local changes. */
export async function cleanSources(trees: MakingParts["trees"], signal?: AbortSignal) {
  const [ports, delta] = await Promise.all([
    inspectSource("freebsd-ports", trees.freebsdPorts, signal),
    inspectSource("DeltaPorts", trees.deltaPorts, signal),
  ]);
  requireClean("freebsd-ports", ports);
  requireClean("DeltaPorts", delta);
  return { ports, delta, commits: { "freebsd-ports": ports.commit, DeltaPorts: delta.commit } };
}

/** Brings in what both checkouts are at; the path of the mirror of DeltaPorts. */
export async function refreshMirrors(
  mirrors: Mirrors,
  { ports, delta }: { ports: SourceState; delta: SourceState },
  signal?: AbortSignal,
): Promise<string> {
  const [, mirror] = await Promise.all([
    mirrors.refresh("freebsd-ports", ports, signal),
    mirrors.refresh("DeltaPorts", delta, signal),
  ]);
  return mirror;
}

async function fill(
  { root, trees, cache, mirrors, composer, operatingSystem, ready, layoutOf }: MakingParts,
  aside: string,
  { record, signal, accept }: Order,
): Promise<Made> {
  await ready(signal);
  const { ports, delta, commits } = await cleanSources(trees, signal);
  const mirror = await refreshMirrors(mirrors, { ports, delta }, signal);
  await accept?.(commits);
  await mkdir(aside);
  const overlay = overlayOf(aside, delta.commit);
  await createOverlay(overlay, { mirror, branch: delta.branch }, signal);
  const { target } = record;
  const variant = composer.variant({ operatingSystem, target });
  const key = cache.key(commits, variant);
  const sources = { upstream: ports.path, overlay: overlay.workTree, operatingSystem, target, signal };
  const base = await cache.ensure(key, async (output) => {
    const records = await readInventory(root);
    const earlier = await nearestTree({ ports, delta, variant, cache, records, signal });
    await composer.composeTree(sources, output, earlier);
  });
  const layout = await layoutOf(aside, ports.path, base);
  await makeReadableFolder(localFolder(layout));
  for (const each of ownFolders.filter((own) => own !== "DeltaPorts"))
    await makeReadableFolder(join(aside, each));
  if (layout.kind === "plain") await linkPlainTrees(layout);
  else for (const each of [composedFolder(layout), repositoryFolder(layout)]) await makeReadableFolder(each);
  await linkOperatorPackages(layout);
  const { name, createdAt } = record;
  const metadata: Metadata = {
    ...{ version: 1, name, kind: layout.kind, target, createdAt },
    ...{ commits, branches: branchesOf(ports, delta), base: key, composed: {} },
  };
  await writeMetadata(aside, metadata);
  return { layout, metadata };
}

function branchesOf(ports: SourceState, delta: SourceState): Metadata["branches"] {
  return {
    ...(ports.branch !== null && { "freebsd-ports": ports.branch }),
    ...(delta.branch !== null && { DeltaPorts: delta.branch }),
  };
}
