import { mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeReadableFolder } from "../readable.ts";
import { renameArchitectureIn, renamesArchitecture } from "./architecture.ts";
import { ComposeError } from "./errors.ts";
import { copyEntry, isFile, isFolder, listFolder } from "./files.ts";
import { originInputHash, type SourceTrees } from "./hash.ts";
import {
  diffTargets,
  isOverlayStatus,
  type OverlayStatus,
  overlayStatuses,
  readRemovals,
  readStatus,
  staysInside,
} from "./overlay.ts";
import { applyDiff, type Reject } from "./patch.ts";

/** Ports are composed in folders of this name beside the categories; a killed composer leaves one behind. */
export const scratchPrefix = ".compose-";

/** Something of the overlay that had no effect, and why. */
interface Skipped {
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
  const overlaid = await isFolder(overlay);
  if (!overlaid && !(await isFolder(upstream))) throw new ComposeError(`${origin} is in neither tree`);
  const port: ComposedPort = {
    origin,
    outcome: overlaid ? "composed" : "copied",
    applied: [],
    removed: [],
    skipped: [],
    rejects: [],
    inputHash: await originInputHash(job.trees, origin),
  };
  const place = join(job.output, origin);
  const status = overlaid ? await readStatus(overlay) : "PORT";
  if (!isOverlayStatus(status)) {
    reject(port, "STATUS", `"${status}" is not one of ${overlayStatuses.join(", ")}`);
  } else if (status === "LOCK") {
    port.outcome = "locked";
    if (await isFolder(place)) return port;
    port.skipped.push({ path: "STATUS", reason: "locked, but never composed before" });
  } else if (status === "MASK") {
    port.outcome = "masked";
  } else {
    await composeAside(job, port, place, async (folder) => {
      if (overlaid) await merge(job, { upstream, overlay, status }, folder, port);
      else await copyEntry(upstream, folder);
      if (port.rejects.length === 0 && renamesArchitecture(job.operatingSystem))
        await renameArchitectureIn(folder);
    });
  }
  if (port.rejects.length > 0) port.outcome = "rejected";
  if (port.outcome !== "copied" && port.outcome !== "composed")
    await rm(place, { recursive: true, force: true });
  return port;
}

function reject(port: ComposedPort, diff: string, text: string): void {
  port.rejects.push({ diff, file: "", hunk: 0, text });
}

async function composeAside(
  job: PortJob,
  port: ComposedPort,
  place: string,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  await makeReadableFolder(dirname(place));
  const scratch = await mkdtemp(join(job.output, scratchPrefix));
  try {
    await write(join(scratch, "port"));
    if (port.rejects.length > 0) return;
    await rm(place, { recursive: true, force: true });
    await rename(join(scratch, "port"), place);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What DeltaPorts' own program reads in place of all the others. */
const programs = "overlay.dops";
const leftToProgram = 'the classic merge leaves it to the program that "composer" in portwright.json names';
const noPart = "not a part that an overlay port has";

interface MergeInput {
  upstream: string;
  overlay: string;
  status: OverlayStatus;
}

async function merge(job: PortJob, input: MergeInput, folder: string, port: ComposedPort): Promise<void> {
  const { upstream, overlay, status } = input;
  const newport = join(overlay, "newport");
  const inUpstream = await isFolder(upstream);
  if (status === "DPORT" || !inUpstream) {
    if (!(await isFolder(newport))) {
      const reason = inUpstream ? "STATUS says DPORT" : "the upstream tree has no such port";
      return reject(port, "newport", `${reason}, and the overlay has no newport folder`);
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
      port.skipped.push({ path: name, reason: name === programs ? leftToProgram : noPart });
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
  for (const file of await diffTargets(diffPath)) {
    if (!(await staysInside(folder, file))) return [{ diff, file, hunk: 0, text: "outside the port" }];
  }
  try {
    return await applyDiff(folder, diffPath, diff, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ComposeError(`cannot run patch(1) for ${diffPath}`, cause);
  }
}

async function removeFiles(list: string, folder: string, port: ComposedPort): Promise<void> {
  for (const path of await readRemovals(list)) {
    if (!(await staysInside(folder, path))) {
      port.skipped.push({ path: "diffs/REMOVE", reason: `${path} lies outside the port` });
    } else if (!(await isFile(join(folder, path)))) {
      port.skipped.push({ path: "diffs/REMOVE", reason: `the port has no file ${path}` });
    } else {
      await rm(join(folder, path));
      port.removed.push(path);
    }
  }
  if (port.removed.length > 0) port.applied.push("diffs/REMOVE");
}
