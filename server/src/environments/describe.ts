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
import { lstatOrNull } from "./namespace.ts";
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
    if ((await lstatOrNull(info.root)) !== null) infos.push(info);
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
    if (state === undefined || path === undefined) continue;
    const behind = await told(commitsSince(path, state.commit, signal));
    signal?.throwIfAborted();
    if (behind.why === undefined) state.behind = behind.value;
    else state.behindUnknown = behind.why;
  }
  const diskBytes = await diskUse(info.root, signal);
  return diskBytes === null ? info : { ...info, diskBytes };
}

/** What was asked for, or why it cannot be told. */
type Told<T> = { value: T; why?: undefined } | { why: string };

const told = <T>(call: Promise<T>): Promise<Told<T>> =>
  call.then(
    (value) => ({ value }),
    (error: unknown) => ({ why: oneLine(error instanceof Error ? error.message : String(error)) }),
  );

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, "; ");

async function presentPorts({ trees }: DescribeParts): Promise<Told<string>> {
  return trees === undefined ? { why: "no trees are configured" } : told(headCommit(trees.freebsdPorts));
}

/** `checks`: what was just found of the host; null goes by what was found of it last. */
async function describe(
  parts: DescribeParts,
  record: Metadata,
  head: Told<string>,
  checks: readonly Check[] | null,
): Promise<EnvironmentInfo> {
  const { name, kind, target, commits, branches = {}, createdAt } = record;
  const root = placeOf(parts.root, name);
  const edited = await told(overlayChanges(overlayOf(root, commits.DeltaPorts)));
  const own = await checkOwn(parts, record, { head, edited });
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
      "freebsd-ports": treeOf("freebsd-ports", hasMovedOn(head, record)),
      DeltaPorts: treeOf("DeltaPorts", edited.why !== undefined || edited.value.length > 0),
    },
    ...(problem === null ? {} : { problem }),
    ...(checks === null ? {} : { checks: all }),
    ...(isOfJob(name) ? { ofJob: true } : {}),
  };
}

const hasMovedOn = (head: Told<string>, { commits }: Metadata): boolean =>
  head.why === undefined && head.value !== commits["freebsd-ports"];

/** What it is made of. */
async function checkOwn(
  { trees, kind, cache }: DescribeParts,
  record: Metadata,
  { head, edited }: { head: Told<string>; edited: Told<string[]> },
): Promise<Check> {
  const update = `\`portwright env update ${record.name}\``;
  const wrong = (message: string, action: string, of: CheckKind = "trees") =>
    amiss(of, "environment", message, action);
  const correctTrees = 'correct "trees" in portwright.json';
  if (trees === undefined) return wrong("no trees are configured", 'set "trees" in portwright.json');
  for (const [tree, path] of Object.entries({
    "freebsd-ports": trees.freebsdPorts,
    DeltaPorts: trees.deltaPorts,
    distfiles: trees.distfiles,
  }))
    if ((await told(access(path))).why !== undefined)
      return wrong(`${tree}: ${path} cannot be opened`, correctTrees);
  if (head.why !== undefined) return wrong(`freebsd-ports cannot be read: ${head.why}`, correctTrees);
  if (record.kind !== kind)
    return wrong(`it is of kind ${record.kind} and this server uses ${kind}`, update, "kind-available");
  if (edited.why !== undefined)
    return wrong(
      `its DeltaPorts cannot be read: ${edited.why}`,
      `${update}, with --force where that is refused`,
    );
  const base = await told(cache.find(record.base));
  if (base.why !== undefined) return wrong(`its composed tree cannot be read: ${base.why}`, update);
  if (base.value === null) return wrong("its composed tree is gone", update);
  if (hasMovedOn(head, record)) return wrong("freebsd-ports moved on", update);
  return inOrder("trees", "environment", "whole, and of the present freebsd-ports");
}

/** Throws when the checkout does not know that commit (its history was made anew) or cannot be read. */
async function commitsSince(path: string, commit: string, signal?: AbortSignal): Promise<number> {
  return Number(await git(["rev-list", "--count", `${commit}..HEAD`], { cwd: path, signal }));
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
