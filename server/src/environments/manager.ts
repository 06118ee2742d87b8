import { mkdir, readdir, realpath, rename } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import { createBaseCache } from "./base.ts";
import { type Composer, deltaPortsComposer } from "./composer.ts";
import { checkHealth } from "./doctor.ts";
import { openEnvironment, overlayOf } from "./environment.ts";
import { EnvironmentError, errorCode } from "./errors.ts";
import { describeInventory, placeOf, readInventory } from "./inventory.ts";
import { chooseKind } from "./kind.ts";
import { composedFolder, type Layout, localFolder, ownFolders } from "./layout.ts";
import { clearLeftovers, transientFolder } from "./leftovers.ts";
import { type Metadata, readMetadata, writeMetadata } from "./metadata.ts";
import { createOverlay } from "./overlay.ts";
import { linkOperatorPackages } from "./packages.ts";
import { linkPlainTrees } from "./plain.ts";
import { removeTree } from "./remove.ts";
import { writeEtc } from "./sandbox/bwrap.ts";
import { inspectSource, requireClean } from "./sources.ts";
import type { Environment, EnvironmentManager } from "./types.ts";

export interface ManagerOptions {
  config: Pick<ServerConfig, "trees" | "environment" | "builder">;
  stateDir: string;
  /** Default is the classic DeltaPorts merge. */
  composer?: Composer;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Unique and safe in a file name. */
  newId: () => string;
}

export async function createEnvironmentManager(options: ManagerOptions): Promise<EnvironmentManager> {
  const { config, composer = deltaPortsComposer, now, newId } = options;
  const folder = config.environment.root ?? join(options.stateDir, "environments");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const root = await realpath(folder);
  const etc = join(root, ".etc");
  await writeEtc(etc);
  const bases = join(options.stateDir, "bases");
  await mkdir(bases, { recursive: true, mode: 0o700 });
  for (const parent of [root, bases]) await clearLeftovers(parent);
  const cache = createBaseCache(bases, newId);
  const { kind, note } = await chooseKind(config.environment.kind, root, etc);
  const operatingSystem = config.builder.operatingSystem;
  const alsoVisible = await builderFolders(config.builder);
  const creating = new Set<string>();

  function configuredTrees() {
    if (!config.trees)
      throw new EnvironmentError("tree", 'no trees are configured; set "trees" in portwright.json');
    return config.trees;
  }

  async function layoutOf(at: string, freebsdPorts: string, base: string): Promise<Layout> {
    const trees = configuredTrees();
    const packages = trees.packages ? await configuredFolder("packages", trees.packages) : null;
    const distfiles = await configuredFolder("distfiles", trees.distfiles);
    return { kind, root: at, freebsdPorts, base, distfiles, packages };
  }

  function environment(layout: Layout, metadata: Metadata): Environment {
    const destroy = () => destroyEnvironment(metadata.name);
    return openEnvironment({ layout, metadata, composer, operatingSystem, etc, alsoVisible, newId, destroy });
  }

  async function create(request: {
    name: string;
    target: string;
    signal?: AbortSignal;
  }): Promise<Environment> {
    const { name, target, signal } = request;
    const final = placeOf(root, name);
    if (creating.has(name) || (await readdir(root)).includes(name))
      throw new EnvironmentError(
        "exists",
        `an environment named ${name} exists already; destroy it or take another name`,
      );
    creating.add(name);
    const aside = transientFolder(root, "creating", newId());
    try {
      const trees = configuredTrees();
      const [ports, delta] = await Promise.all([
        inspectSource("freebsd-ports", trees.freebsdPorts, signal),
        inspectSource("DeltaPorts", trees.deltaPorts, signal),
      ]);
      requireClean("freebsd-ports", ports);
      requireClean("DeltaPorts", delta);
      const commits = { "freebsd-ports": ports.commit, DeltaPorts: delta.commit };
      await mkdir(aside);
      const overlay = overlayOf(aside, delta.commit);
      await createOverlay(overlay, delta, signal);
      const key = cache.key(commits, operatingSystem);
      const sources = { upstream: ports.path, overlay: overlay.workTree, operatingSystem, signal };
      const base = await cache.ensure(key, (output) => composer.composeTree(sources, output));
      const layout = await layoutOf(aside, ports.path, base);
      for (const each of ownFolders.filter((own) => own !== "DeltaPorts")) await mkdir(join(aside, each));
      await mkdir(localFolder(layout));
      if (kind === "plain") await linkPlainTrees(layout);
      else await mkdir(composedFolder(layout));
      await linkOperatorPackages(layout);
      const metadata: Metadata = {
        version: 1,
        name,
        kind,
        target,
        createdAt: now(),
        commits,
        base: key,
        composed: {},
      };
      await writeMetadata(aside, metadata);
      signal?.throwIfAborted();
      await rename(aside, final);
      await cache.prune(new Set((await readInventory(root)).map((record) => record.base)));
      return environment({ ...layout, root: final }, metadata);
    } catch (error) {
      await removeTree(aside);
      if (signal?.aborted)
        throw new EnvironmentError("cancelled", `making environment ${name} was cancelled`, error);
      if (error instanceof EnvironmentError) throw error;
      const said = error instanceof Error ? error.message : String(error);
      throw new EnvironmentError("system", `environment ${name} cannot be made: ${said}`, error);
    } finally {
      creating.delete(name);
    }
  }

  async function open(name: string): Promise<Environment> {
    const at = placeOf(root, name);
    const metadata = await readMetadata(at, name);
    if (metadata.kind !== kind)
      throw new EnvironmentError(
        "unavailable",
        `environment ${name} is of kind ${metadata.kind}, this server uses ${kind}; destroy it and make a new one`,
      );
    const ports = await configuredFolder("freebsd-ports", configuredTrees().freebsdPorts);
    const base = await cache.path(metadata.base).catch((error: unknown) => {
      throw new EnvironmentError("system", `environment ${name} lost its composed tree; destroy it`, error);
    });
    return environment(await layoutOf(at, ports, base), metadata);
  }

  async function destroyEnvironment(name: string): Promise<void> {
    const aside = transientFolder(root, "removing", newId());
    try {
      await rename(placeOf(root, name), aside);
    } catch (error) {
      if (errorCode(error) === "ENOENT")
        throw new EnvironmentError("not-found", `there is no environment named ${name}`);
      throw error;
    }
    await removeTree(aside);
  }

  return {
    kind,
    note,
    create,
    open,
    list: () => describeInventory(root, config.trees?.freebsdPorts),
    destroy: destroyEnvironment,
    doctor: (signal) => checkHealth({ config, root, etc, kind, note, signal }),
  };
}

async function configuredFolder(name: string, path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new EnvironmentError(
      "tree",
      `${name}: ${path} cannot be opened; correct "trees" in the configuration`,
      error,
    );
  }
}

/** A builder that is named by a path outside /usr must be seen inside. */
async function builderFolders(builder: ServerConfig["builder"]): Promise<string[]> {
  const folders: string[] = [];
  for (const path of [builder.dsynth, builder.make]) {
    if (!path || !isAbsolute(path) || path.startsWith("/usr/") || path.startsWith("/bin/")) continue;
    folders.push(await configuredFolder("builder", dirname(path)));
  }
  return folders;
}
