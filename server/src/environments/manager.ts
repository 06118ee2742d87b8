import { mkdir, readdir, realpath, rename } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import type { EnvironmentInfo } from "../protocol/index.ts";
import { createBaseCache } from "./base.ts";
import { type Composer, deltaPortsComposer } from "./composer.ts";
import { checkHealth } from "./doctor.ts";
import { openEnvironment, overlayOf } from "./environment.ts";
import { EnvironmentError, errorCode } from "./errors.ts";
import { chooseKind } from "./kind.ts";
import { composedFolder, type Layout, localFolder, ownFolders } from "./layout.ts";
import { clearLeftovers, transientFolder } from "./leftovers.ts";
import { type Metadata, readMetadata, writeMetadata } from "./metadata.ts";
import { createOverlay, overlayChanged } from "./overlay.ts";
import { linkOperatorPackages } from "./packages.ts";
import { linkPlainTrees } from "./plain.ts";
import { removeTree } from "./remove.ts";
import { writeEtc } from "./sandbox/bwrap.ts";
import { headCommit, inspectSource, requireClean } from "./sources.ts";
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

const namePattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

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

  function place(name: string): string {
    if (!namePattern.test(name))
      throw new EnvironmentError(
        "path",
        `"${name.slice(0, 60)}" is no name for an environment: use up to 40 of a-z, 0-9 and -`,
      );
    return join(root, name);
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
    const final = place(name);
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
      await cache.prune(await basesInUse());
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
    const at = place(name);
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
      await rename(place(name), aside);
    } catch (error) {
      if (errorCode(error) === "ENOENT")
        throw new EnvironmentError("not-found", `there is no environment named ${name}`);
      throw error;
    }
    await removeTree(aside);
  }

  const names = async () => (await readdir(root)).filter((name) => namePattern.test(name)).sort();

  async function basesInUse(): Promise<Set<string>> {
    const records = await Promise.all(
      (await names()).map((name) => readMetadata(join(root, name), name).catch(() => null)),
    );
    return new Set(records.flatMap((record) => (record ? [record.base] : [])));
  }

  async function list(): Promise<EnvironmentInfo[]> {
    const infos: EnvironmentInfo[] = [];
    for (const name of await names()) {
      // A damaged record is the doctor's finding; the others are listed all the same.
      const record = await readMetadata(join(root, name), name).catch(() => null);
      if (record) infos.push(await describe(record));
    }
    return infos;
  }

  async function describe(record: Metadata): Promise<EnvironmentInfo> {
    const at = join(root, record.name);
    const { commits } = record;
    const head = config.trees ? await headCommit(config.trees.freebsdPorts).catch(() => null) : null;
    return {
      name: record.name,
      kind: record.kind,
      target: record.target,
      root: at,
      trees: {
        "freebsd-ports": { commit: commits["freebsd-ports"], dirty: head !== commits["freebsd-ports"] },
        DeltaPorts: {
          commit: commits.DeltaPorts,
          dirty: await overlayChanged(overlayOf(at, commits.DeltaPorts)),
        },
      },
      createdAt: record.createdAt,
    };
  }

  return {
    kind,
    note,
    create,
    open,
    list,
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
