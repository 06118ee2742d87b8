import { access, constants, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { ServerConfig } from "../config/config.ts";
import { check } from "./check.ts";
import { defaultMake } from "./host.ts";
import type { Kind } from "./kinds/types.ts";
import { findLeftovers } from "./leftovers.ts";
import { readMetadata } from "./metadata.ts";
import { selfTest } from "./selftest.ts";
import { inspectSource, requireClean } from "./sources.ts";
import type { HealthCheck, Program, TreeName } from "./types.ts";

interface DoctorOptions {
  config: Pick<ServerConfig, "trees" | "environment" | "builder">;
  programs: readonly Program[];
  root: string;
  kind: Kind;
  signal?: AbortSignal | undefined;
}

const neededBytes = 2 * 1024 ** 3;

export async function checkHealth(options: DoctorOptions): Promise<HealthCheck[]> {
  const { config, root, signal } = options;
  const kind: HealthCheck[] = options.kind.isolates
    ? await selfTest(options.kind, root, signal)
    : [{ name: "isolation", ok: false, message: options.kind.note }];
  return [
    ...kind,
    ...(await checkTrees(config.trees, signal)),
    ...(await checkTools(config.builder.make, options.programs)),
    await checkSpace(root),
    await checkLeftovers(root),
  ];
}

async function checkTrees(trees: ServerConfig["trees"], signal?: AbortSignal): Promise<HealthCheck[]> {
  if (!trees)
    return [{ name: "trees", ok: false, message: 'no trees are configured; set "trees" in portwright.json' }];
  // The last is what only such a tree has: named the wrong way round, both are clean checkouts.
  const sources: [TreeName, string, string][] = [
    ["freebsd-ports", trees.freebsdPorts, "Mk/bsd.port.mk"],
    ["DeltaPorts", trees.deltaPorts, "ports"],
  ];
  const checks: HealthCheck[] = [];
  for (const [name, path, mark] of sources)
    checks.push(
      await check(name, async () => {
        const state = await inspectSource(name, path, signal);
        requireClean(name, state);
        await access(join(path, mark)).catch((cause) => {
          throw new Error(
            `${path} is no ${name} tree: it has no ${mark}; correct "trees" in portwright.json`,
            { cause },
          );
        });
        return `clean at ${state.commit.slice(0, 12)}`;
      }),
    );
  checks.push(
    await check("distfiles", async () => {
      await access(trees.distfiles, constants.R_OK | constants.X_OK);
      return trees.distfiles;
    }),
  );
  const { packages } = trees;
  if (packages !== undefined)
    checks.push(
      await check("packages", async () => {
        await access(join(packages, "All"), constants.R_OK | constants.X_OK);
        return packages;
      }),
    );
  return checks;
}

async function checkTools(make = defaultMake(), programs: readonly Program[] = []): Promise<HealthCheck[]> {
  const wanted: [name: string, command: string, remedy: string][] = [
    ["make", make, '"builder.make" names another file'],
    ["git", "git", "not on the server's PATH"],
    ["patch", "patch", "not on the server's PATH"],
  ];
  for (const { name, command, setting } of programs)
    if (!wanted.some(([known]) => known === name))
      wanted.push([name, command, `"${setting}" names another file`]);
  return Promise.all(
    wanted.map(([name, command, remedy]) =>
      check(name, async () => {
        const found = await execa("/bin/sh", ["-c", 'command -v -- "$1"', "sh", command], { reject: false });
        if (found.exitCode !== 0) throw new Error(`${command} is not installed, or ${remedy}`);
        return found.stdout;
      }),
    ),
  );
}

async function checkSpace(root: string): Promise<HealthCheck> {
  return check("disk space", async () => {
    const { bavail, bsize } = await statfs(root);
    const free = bavail * bsize;
    const words = `${(free / 1024 ** 3).toFixed(1)} GiB free in ${root}`;
    if (free < neededBytes) throw new Error(`${words}; builds need at least ${neededBytes / 1024 ** 3}`);
    return words;
  });
}

/** Folders that a killed server left half made, and environments whose record is damaged. */
async function checkLeftovers(root: string): Promise<HealthCheck> {
  return check("leftovers", async () => {
    const found = await findLeftovers(root);
    const damaged = await damagedEnvironments(root);
    const [shown, fix] = [found.slice(0, 5).join(", "), "`portwright env doctor --fix`"];
    if (found.length > 0) throw new Error(`${shown} of servers that were killed: ${fix} clears them away`);
    if (damaged.length > 0)
      throw new Error(
        `${damaged.slice(0, 5).join(", ")}: damaged; save what you need and remove from ${root}`,
      );
    return "none";
  });
}

async function damagedEnvironments(root: string): Promise<string[]> {
  const damaged: string[] = [];
  for (const name of (await readdir(root)).filter((each) => !each.startsWith(".")))
    await readMetadata(join(root, name), name).catch(() => damaged.push(name));
  return damaged;
}
