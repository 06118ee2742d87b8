import { readdir, rename } from "node:fs/promises";
import type { ServerConfig } from "../config/config.ts";
import { createBaseCache } from "./base.ts";
import { createCommandComposer } from "./commandComposer.ts";
import { deltaPortsComposer } from "./composer.ts";
import { builderFolders, composerPrograms, configuredFolder } from "./configured.ts";
import { describeAll, describeFully } from "./describe.ts";
import { checkHealth } from "./doctor.ts";
import { openEnvironment } from "./environment.ts";
import { EnvironmentError, errorCode, noSuchEnvironment } from "./errors.ts";
import { createFarManager } from "./far/manager.ts";
import { checkLent, clearLent, lentFolder } from "./far/owners.ts";
import { openFolders } from "./folders.ts";
import { createForsaken } from "./forsaken.ts";
import { createGate } from "./gate.ts";
import { defaultMake } from "./host.ts";
import { placeOf, readInventory } from "./inventory.ts";
import { chooseKind } from "./kinds/choose.ts";
import type { Layout } from "./layout.ts";
import { transientFolder } from "./leftovers.ts";
import { makeAside } from "./making.ts";
import { type Metadata, readMetadata } from "./metadata.ts";
import { lstatOrNull } from "./namespace.ts";
import { Occupancy } from "./occupancy.ts";
import { previewEnvironment } from "./preview.ts";
import { removeTree } from "./remove.ts";
import { resetEnvironment } from "./reset.ts";
import type { Environment, EnvironmentManager, Program } from "./types.ts";
import { updateEnvironment } from "./updating.ts";

export interface ManagerOptions {
  config: Pick<ServerConfig, "trees" | "environment" | "builder" | "composer">;
  stateDir: string;
  /** Programs of the builders, beside make. */
  programs?: readonly Program[];
  /** Bytes that are free for us where a folder is; default asks the file system. */
  freeBytes?: (folder: string) => Promise<number>;
  /** Socket of an ssh-agent, for environments of another host. */
  agent?: string | undefined;
  /** Another process has these environments: what it is at is not this one's to finish or to clear away. */
  beside?: boolean;
  /** Names of environments in which jobs go on that an earlier server began; without it none of a job is nobody's. */
  goesOn?: () => readonly string[];
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Unique and safe in a file name. */
  newId: () => string;
}

export async function createEnvironmentManager(options: ManagerOptions): Promise<EnvironmentManager> {
  return options.config.environment.kind === "ssh" ? createFarManager(options) : createLocalManager(options);
}

async function createLocalManager(options: ManagerOptions): Promise<EnvironmentManager> {
  const { config, programs = [], now, newId } = options;
  const composer = config.composer ? createCommandComposer(config.composer) : deltaPortsComposer;
  const { root, bases, mirrored, mirrors, clear } = await openFolders(options);
  const cache = createBaseCache(bases, newId);
  const isolation = await chooseKind({ config: config.environment, root, newId });
  const kind = isolation.name;
  const operatingSystem = config.builder.operatingSystem;
  const commands = [config.builder.make, ...programs.map(({ command }) => command)];
  const alsoVisible = [mirrored, ...(await builderFolders(commands))];
  const creating = new Set<string>();
  const occupancy = new Occupancy();
  const gate = createGate({
    ...{ config, kind: isolation, root, bases, freeBytes: options.freeBytes, now },
    programs: [...programs, ...composerPrograms(config)],
  });
  const lent = lentFolder(options.stateDir, config.environment.root);
  const forsaken = createForsaken({
    goesOn: options.goesOn,
    names: async () => (await readInventory(root)).map(({ name }) => name),
    destroy: destroyEnvironment,
  });
  const described = { root, trees: config.trees, kind, cache, gate };

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
    const { name } = metadata;
    const destroy = () => destroyEnvironment(name);
    const parts = { layout, metadata, composer, operatingSystem, alsoVisible, newId, destroy };
    const opened = openEnvironment({ ...parts, kind: isolation });
    return {
      ...opened,
      exec: (request) => occupancy.beside(name, () => opened.exec(request)),
      compose: (origin) => occupancy.beside(name, () => opened.compose(origin)),
    };
  }

  const making = () => ({
    ...{ root, trees: configuredTrees(), cache, mirrors, composer, operatingSystem, newId, layoutOf },
    ready: gate.require,
  });
  const prune = async () => cache.prune(new Set((await readInventory(root)).map((record) => record.base)));

  async function freePlace(name: string): Promise<string> {
    const place = placeOf(root, name);
    if (!creating.has(name) && !(await readdir(root)).includes(name)) return place;
    throw new EnvironmentError(
      "exists",
      `an environment named ${name} exists already; destroy it or take another name`,
    );
  }

  async function create(request: {
    name: string;
    target: string;
    signal?: AbortSignal;
  }): Promise<Environment> {
    const { name, target, signal } = request;
    const final = await freePlace(name);
    creating.add(name);
    forsaken.began(name);
    try {
      const { layout, metadata } = await makeAside(making(), {
        record: { name, target, createdAt: now() },
        signal,
      });
      await rename(layout.root, final);
      await isolation.created?.(name, final).catch(async (error: unknown) => {
        await removePlace(name);
        throw error;
      });
      await prune();
      return environment({ ...layout, root: final }, metadata);
    } finally {
      creating.delete(name);
    }
  }

  /** Keeps what is in that folder for a server of another host. */
  function lentManager(stateDir: string): Promise<EnvironmentManager> {
    const { root: _, ...environment } = config.environment;
    return createLocalManager({ ...options, config: { ...config, environment }, stateDir });
  }

  const update: EnvironmentManager["update"] = (name, request) =>
    occupancy.alone(name, async () => {
      const changes = await updateEnvironment(making(), isolation, name, request);
      await prune();
      return changes;
    });

  async function openLayout(name: string): Promise<{ layout: Layout; metadata: Metadata }> {
    const at = placeOf(root, name);
    const metadata = await readMetadata(at, name);
    if (metadata.kind !== kind)
      throw new EnvironmentError(
        "unavailable",
        `environment ${name} is of kind ${metadata.kind}, this server uses ${kind}; update it: \`portwright env update ${name}\``,
      );
    const ports = await configuredFolder("freebsd-ports", configuredTrees().freebsdPorts);
    const base = await cache.path(metadata.base).catch((error: unknown) => {
      throw new EnvironmentError(
        "system",
        `environment ${name} lost its composed tree; update it: \`portwright env update ${name}\``,
        error,
      );
    });
    return { layout: await layoutOf(at, ports, base), metadata };
  }

  async function open(name: string): Promise<Environment> {
    const { layout, metadata } = await openLayout(name);
    return environment(layout, metadata);
  }

  async function destroyEnvironment(name: string): Promise<void> {
    const place = placeOf(root, name);
    forsaken.ended(name);
    if ((await lstatOrNull(place)) !== null) await isolation.destroyed?.(name, place);
    await removePlace(name);
  }

  async function removePlace(name: string): Promise<void> {
    const aside = transientFolder(root, "removing", newId());
    try {
      await rename(placeOf(root, name), aside);
    } catch (error) {
      if (errorCode(error) === "ENOENT") throw noSuchEnvironment(name);
      throw error;
    }
    await removeTree(aside);
  }

  return {
    kind,
    note: isolation.note,
    create,
    async preview(order) {
      await freePlace(order.name);
      const make = config.builder.make ?? defaultMake();
      return previewEnvironment({ making: making(), kind: isolation, gate, alsoVisible, make }, order);
    },
    open,
    list: () => describeAll(described),
    status: (name, signal) => describeFully(described, name, signal),
    update,
    reset: (name) =>
      occupancy.alone(name, async () => {
        const { layout, metadata } = await openLayout(name);
        await resetEnvironment(root, layout, metadata, newId);
        await isolation.reset?.(name, layout.root);
      }),
    destroy: destroyEnvironment,
    doctor: async (signal) => [
      ...(await checkHealth({ config, root, kind: isolation, gate, signal })),
      ...(await forsaken.check()),
      ...(await checkLent(lent, now())),
    ],
    ready: gate.require,
    unready: gate.trouble,
    clearLeftovers: async () => [
      ...(await clear()),
      ...(await forsaken.clear()),
      ...(await clearLent(lent, now, lentManager)),
    ],
    clearForsaken: forsaken.clear,
    close: async () => {},
  };
}
