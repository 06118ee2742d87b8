import { access } from "node:fs/promises";
import { execa } from "execa";
import type { ServerConfig } from "../config/config.ts";
import { checkText } from "../protocol/attention.ts";
import type { Check, CheckKind, EnvironmentInfo, EnvironmentKind } from "../protocol/index.ts";
import type { BaseCache } from "./base.ts";
import { amiss, inOrder } from "./check.ts";
import { overlayOf } from "./environment.ts";
import type { Gate } from "./gate.ts";
import { git } from "./git.ts";
import { placeOf, readInventory } from "./inventory.ts";
import { isOfJob } from "./jobNames.ts";
import { type Metadata, readMetadata } from "./metadata.ts";
import { overlayChanges } from "./overlay.ts";
import { headCommit } from "./sources.ts";

interface DescribeParts {
  root: string;
  trees: ServerConfig["trees"];
  kind: EnvironmentKind;
  cache: BaseCache;
  gate: Pick<Gate, "look" | "trouble">;
}

/** Environments as they are now. `freebsd-ports` counts as dirty when the operator's checkout moved on. */
export async function describeAll(parts: DescribeParts): Promise<EnvironmentInfo[]> {
  const head = await presentPorts(parts);
  const infos: EnvironmentInfo[] = [];
  for (const record of await readInventory(parts.root)) {
    const info = await describe(parts, record, head, null);
    // One that a job removed meanwhile is none.
    if (await readMetadata(placeOf(parts.root, record.name), record.name).catch(() => null)) infos.push(info);
  }
  return infos;
}

/** One of them, with what takes longer to find out. */
export async function describeFully(
  parts: DescribeParts,
  name: string,
  signal?: AbortSignal,
): Promise<EnvironmentInfo> {
  const { root, trees, gate } = parts;
  const record = await readMetadata(placeOf(root, name), name);
  const checks = await gate.look(signal);
  signal?.throwIfAborted();
  const info = await describe(parts, record, await presentPorts(parts), checks);
  const sources = { "freebsd-ports": trees?.freebsdPorts, DeltaPorts: trees?.deltaPorts };
  for (const [tree, path] of Object.entries(sources)) {
    const state = info.trees[tree];
    const behind = state && path !== undefined ? await commitsSince(path, state.commit, signal) : null;
    if (state && behind !== null) state.behind = behind;
  }
  const diskBytes = await diskUse(info.root, signal);
  return diskBytes === null ? info : { ...info, diskBytes };
}

/** null without a readable checkout: then every environment is out of date. */
async function presentPorts({ trees }: DescribeParts): Promise<string | null> {
  return trees === undefined ? null : headCommit(trees.freebsdPorts).catch(() => null);
}

/** `checks`: what was just found of the host; null goes by what was found of it last. */
async function describe(
  parts: DescribeParts,
  record: Metadata,
  head: string | null,
  checks: readonly Check[] | null,
): Promise<EnvironmentInfo> {
  const { name, kind, target, commits, branches = {}, createdAt } = record;
  const root = placeOf(parts.root, name);
  const edited = await overlayChanges(overlayOf(root, commits.DeltaPorts)).catch(() => null);
  const own = await checkOwn(parts, record, head, edited === null);
  const all = [own, ...(checks ?? [])];
  const broken = all.find(({ ok }) => !ok);
  const problem = broken ? checkText(broken) : checks === null ? parts.gate.trouble() : null;
  const treeOf = (tree: keyof typeof commits, dirty: boolean) => {
    const branch = branches[tree];
    return { commit: commits[tree], dirty, ...(branch !== undefined && { branch }) };
  };
  return {
    ...{ name, kind, target, root, createdAt },
    trees: {
      "freebsd-ports": treeOf("freebsd-ports", head !== commits["freebsd-ports"]),
      DeltaPorts: treeOf("DeltaPorts", edited === null || edited.length > 0),
    },
    ...(problem === null ? {} : { problem }),
    ...(checks === null ? {} : { checks: all }),
    ...(isOfJob(name) ? { ofJob: true } : {}),
  };
}

/** What it is made of. */
async function checkOwn(
  { trees, kind, cache }: DescribeParts,
  record: Metadata,
  head: string | null,
  isOverlayLost: boolean,
): Promise<Check> {
  const update = `\`portwright env update ${record.name}\``;
  const wrong = (message: string, action: string, of: CheckKind = "trees") =>
    amiss(of, "environment", message, action);
  if (trees === undefined) return wrong("no trees are configured", 'set "trees" in portwright.json');
  for (const [tree, path] of Object.entries({
    "freebsd-ports": trees.freebsdPorts,
    DeltaPorts: trees.deltaPorts,
    distfiles: trees.distfiles,
  }))
    if (!(await isThere(path)))
      return wrong(`${tree}: ${path} cannot be opened`, 'correct "trees" in portwright.json');
  if (record.kind !== kind)
    return wrong(`it is of kind ${record.kind} and this server uses ${kind}`, update, "kind-available");
  if (isOverlayLost) return wrong("its DeltaPorts cannot be read", `${update} --force`);
  if ((await cache.path(record.base).catch(() => null)) === null)
    return wrong("its composed tree is gone", update);
  if (head !== record.commits["freebsd-ports"]) return wrong("freebsd-ports moved on", update);
  return inOrder("trees", "environment", "whole, and of the present freebsd-ports");
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** null when the checkout does not know that commit (its history was made anew) or cannot be read. */
async function commitsSince(path: string, commit: string, signal?: AbortSignal): Promise<number | null> {
  const answer = await git(["rev-list", "--count", `${commit}..HEAD`], { cwd: path, signal }).catch(() => {
    signal?.throwIfAborted();
    return null;
  });
  return answer === null ? null : Number(answer);
}

const diskTimeoutMs = 20_000;

/** Bytes on disk; links are counted and not followed. null when it takes too long to count. */
async function diskUse(folder: string, signal?: AbortSignal): Promise<number | null> {
  const counted = await execa("du", ["-skx", folder], {
    ...{ stdin: "ignore", stderr: "ignore", reject: false, timeout: diskTimeoutMs, maxBuffer: 65536 },
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  // A folder that a build closed to everyone makes du fail, after it counted all the others.
  const kilobytes = /^(\d+)\s/.exec(counted.stdout)?.[1];
  return counted.timedOut || kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
