import { access, constants, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import type { Check } from "../protocol/index.ts";
import { Amiss, amiss, check } from "./check.ts";
import { clearsThem } from "./forsaken.ts";
import type { Gate } from "./gate.ts";
import type { Kind } from "./kinds/types.ts";
import { findLeftovers } from "./leftovers.ts";
import { readMetadata } from "./metadata.ts";
import { remedyFor, timeLimitTest } from "./selftest.ts";
import { changesOf, inspectSource } from "./sources.ts";
import type { TreeName } from "./types.ts";

interface DoctorOptions {
  config: Pick<ServerConfig, "trees">;
  root: string;
  kind: Kind;
  gate: Pick<Gate, "look">;
  signal?: AbortSignal | undefined;
}

/** What a build is begun by, and what else an operator wants in order. */
export async function checkHealth(options: DoctorOptions): Promise<Check[]> {
  const { config, root, kind, signal } = options;
  return [
    ...(kind.isolates ? await timeLimitTest(kind, root, signal) : [withoutIsolation(kind)]),
    ...(await options.gate.look(signal)),
    ...(await checkTrees(config.trees, signal)),
    await checkLeftovers(root),
  ];
}

const withoutIsolation = ({ note }: Kind): Check =>
  amiss("kind-available", "isolation", note, remedyFor("plain"));

const correctTrees = 'correct "trees" in portwright.json';

async function checkTrees(trees: ServerConfig["trees"], signal?: AbortSignal): Promise<Check[]> {
  if (!trees) return [amiss("trees", "trees", "no trees are configured", 'set "trees" in portwright.json')];
  // The last is what only such a tree has: named the wrong way round, both are clean checkouts.
  const sources: [TreeName, string, string][] = [
    ["freebsd-ports", trees.freebsdPorts, "Mk/bsd.port.mk"],
    ["DeltaPorts", trees.deltaPorts, "ports"],
  ];
  const checks: Check[] = [];
  const treeCheck = (name: string) => ({ kind: "trees" as const, name, action: correctTrees });
  for (const [name, path, mark] of sources)
    checks.push(
      await check(treeCheck(name), async () => {
        const state = await inspectSource(name, path, signal);
        if (state.changed.length > 0)
          throw new Amiss(`${path} has ${changesOf(state)}`, "commit or stash them");
        await access(join(path, mark)).catch((cause) => {
          throw new Amiss(`${path} is no ${name} tree: it has no ${mark}`, correctTrees, cause);
        });
        return `clean at ${state.commit.slice(0, 12)}`;
      }),
    );
  checks.push(
    await check(treeCheck("distfiles"), async () => {
      await access(trees.distfiles, constants.R_OK | constants.X_OK);
      return trees.distfiles;
    }),
  );
  const { packages } = trees;
  if (packages !== undefined)
    checks.push(
      await check(treeCheck("packages"), async () => {
        await access(join(packages, "All"), constants.R_OK | constants.X_OK);
        return packages;
      }),
    );
  return checks;
}

/** Folders that a killed server left half made, and environments whose record is damaged. */
function checkLeftovers(root: string): Promise<Check> {
  return check({ kind: "leftovers", name: "leftovers", action: clearsThem }, async () => {
    const found = await findLeftovers(root);
    if (found.length > 0) throw new Error(`${found.slice(0, 5).join(", ")} of servers that were killed`);
    const damaged = (await damagedEnvironments(root)).slice(0, 5).join(", ");
    if (damaged !== "")
      throw new Amiss(`damaged: ${damaged}`, `save what you need and remove them from ${root}`);
    return "none";
  });
}

async function damagedEnvironments(root: string): Promise<string[]> {
  const damaged: string[] = [];
  for (const name of (await readdir(root)).filter((each) => !each.startsWith(".")))
    await readMetadata(join(root, name), name).catch(() => damaged.push(name));
  return damaged;
}
