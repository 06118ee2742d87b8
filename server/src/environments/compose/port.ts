import { mkdir, mkdtemp, realpath, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { ComposeError } from "./errors.ts";
import { copyEntry, isFile, isFolder, listFolder } from "./files.ts";
import { originInputHash, type SourceTrees } from "./hash.ts";
import { type OverlayStatus, readRemovals, readStatus, staysInside, strayTargets } from "./overlay.ts";
import { applyDiff, type Reject } from "./patch.ts";

/** Something of the overlay that had no effect, and why. */
export interface Skipped {
  path: string;
  reason: string;
}

/**
 * What was made of one port. `copied`: as upstream has it; `composed`: with its overlay; `masked` and `rejected`
 * ports are absent from the output, so that nothing stale can be built; `locked` ones stand there as before.
 * Paths of `applied` and `skipped` are relative to the overlay port, those of `removed` to the port.
 */
export interface ComposedPort {
  origin: string;
  outcome: "copied" | "composed" | "masked" | "locked" | "rejected";
  applied: string[];
  removed: string[];
  skipped: Skipped[];
  rejects: Reject[];
  inputHash: string;
}

export interface PortJob {
  trees: SourceTrees;
  output: string;
  operatingSystem: string;
  signal?: AbortSignal;
}

/** Composes one port beside its final place and puts it there by a rename. */
export async function composePort(job: PortJob, origin: string): Promise<ComposedPort> {
  const upstream = join(job.trees.upstream, origin);
  const overlay = join(job.trees.overlay, "ports", origin);
  const known = { upstream: await isFolder(upstream), overlay: await isFolder(overlay) };
  if (!known.upstream && !known.overlay) throw new ComposeError(`${origin} is in neither tree`);
  const status: OverlayStatus = known.overlay ? await readStatus(overlay) : "PORT";
  const port: ComposedPort = {
    origin,
    outcome: known.overlay ? "composed" : "copied",
    applied: [],
    removed: [],
    skipped: [],
    rejects: [],
    inputHash: await originInputHash(job.trees, origin),
  };
  const place = join(job.output, origin);
  if (status === "LOCK") {
    port.outcome = "locked";
    if (!(await isFolder(place)))
      port.skipped.push({ path: "STATUS", reason: "locked, but never composed before" });
    return port;
  }
  if (status === "MASK") {
    port.outcome = "masked";
    await rm(place, { recursive: true, force: true });
    return port;
  }
  await mkdir(dirname(place), { recursive: true });
  const scratch = await mkdtemp(join(job.output, ".compose-"));
  try {
    const folder = join(scratch, "port");
    if (known.overlay)
      await merge(job, { upstream: known.upstream ? upstream : undefined, overlay, status }, folder, port);
    else await copyEntry(upstream, folder);
    await rm(place, { recursive: true, force: true });
    if (port.rejects.length > 0) port.outcome = "rejected";
    else await rename(folder, place);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return port;
}

interface MergeInput {
  upstream: string | undefined;
  overlay: string;
  status: OverlayStatus;
}

async function merge(job: PortJob, input: MergeInput, folder: string, port: ComposedPort): Promise<void> {
  const { upstream, overlay, status } = input;
  const newport = join(overlay, "newport");
  if (status === "DPORT" || upstream === undefined) {
    if (!(await isFolder(newport))) {
      throw new ComposeError(
        `${port.origin} is not in the upstream tree and its overlay has no newport folder`,
      );
    }
    await copyEntry(newport, folder);
    port.applied.push("newport");
  } else {
    await copyEntry(upstream, folder);
  }
  const makefile = `Makefile.${job.operatingSystem}`;
  const patches = job.operatingSystem.toLowerCase();
  for (const { name } of await listFolder(overlay)) {
    if (name === makefile || name === patches) {
      await rm(join(folder, name), { recursive: true, force: true });
      await copyEntry(join(overlay, name), join(folder, name));
      port.applied.push(name);
    } else if (name === "newport" && !port.applied.includes("newport")) {
      port.skipped.push({ path: name, reason: "the upstream tree has this port" });
    } else if (name !== "diffs" && name !== "STATUS" && name !== "newport") {
      port.skipped.push({ path: name, reason: "not a part that an overlay port has" });
    }
  }
  await applyDiffs(join(overlay, "diffs"), folder, port, job.signal);
}

async function applyDiffs(
  diffs: string,
  folder: string,
  port: ComposedPort,
  signal?: AbortSignal,
): Promise<void> {
  for (const { name } of await listFolder(diffs)) {
    const path = `diffs/${name}`;
    if (name === "REMOVE") {
      await removeFiles(join(diffs, name), folder, port);
      port.applied.push(path);
    } else if (!name.endsWith(".diff") || !(await isFile(join(diffs, name)))) {
      port.skipped.push({ path, reason: "only *.diff files and REMOVE are applied" });
    } else {
      const rejects = await tryDiff(join(diffs, name), folder, path, signal);
      port.rejects.push(...rejects);
      if (rejects.length === 0) port.applied.push(path);
    }
  }
}

async function tryDiff(
  diffPath: string,
  folder: string,
  diff: string,
  signal?: AbortSignal,
): Promise<Reject[]> {
  const stray = await strayTargets(diffPath);
  if (stray.length > 0) return stray.map((file) => ({ diff, file, hunk: 0, text: "outside the port" }));
  try {
    return await applyDiff(folder, diffPath, diff, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ComposeError(`cannot run patch(1) for ${diffPath}`, cause);
  }
}

async function removeFiles(list: string, folder: string, port: ComposedPort): Promise<void> {
  const root = await realpath(folder);
  for (const path of await readRemovals(list)) {
    const target = join(folder, path);
    const parent = await realpath(dirname(target)).catch(() => undefined);
    if (!staysInside(path) || (parent !== undefined && parent !== root && !parent.startsWith(root + sep))) {
      port.skipped.push({ path: "diffs/REMOVE", reason: `${path} lies outside the port` });
    } else if (!(await isFile(target))) {
      port.skipped.push({ path: "diffs/REMOVE", reason: `the port has no file ${path}` });
    } else {
      await rm(target);
      port.removed.push(path);
      await rmdir(dirname(target)).catch(() => undefined);
    }
  }
}
