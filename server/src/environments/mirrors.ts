import { access, readdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { createSerial, type Serially } from "../async/serial.ts";
import { EnvironmentError, errorCode } from "./errors.ts";
import { git } from "./git.ts";
import { clearLeftovers, transientFolder } from "./leftovers.ts";
import { makeReadableFolder, writeReadable } from "./readable.ts";
import { removeTree } from "./remove.ts";
import type { SourceState } from "./sources.ts";
import type { TreeName } from "./types.ts";

type MirroredTree = Exclude<TreeName, "DPorts">;

/**
 * Bare repositories of what the operator's checkouts are at, one a tree. Environments borrow their objects, and what runs
 * inside sees them at their own path: nothing an operator does to his own repository is felt there.
 */
export interface Mirrors {
  /** Brings in what the checkout is at, as its branch; returns the mirror's path. One at a time for each tree. */
  refresh(tree: MirroredTree, source: SourceState, signal?: AbortSignal): Promise<string>;
  /** Whether nobody removed one that was made. */
  areThere(): Promise<boolean>;
  /** Whether one commit leads to the other; true also where a shallow history cannot tell. */
  leadsTo(tree: MirroredTree, from: string, to: string, signal?: AbortSignal): Promise<boolean>;
  /** Clears away what killed servers left, and returns the names. */
  clear(): Promise<string[]>;
}

/** Of a server that was killed a git may go on for a moment: it holds a ref's lock for milliseconds. */
const settings = [
  "core.filesRefLockTimeout=5000",
  "fetch.unpackLimit=1",
  "gc.auto=0",
  "maintenance.auto=false",
];
/** What reads the checkout takes no setting from whoever starts it; this has it read one of any owner. */
const reader = "--upload-pack=git -c 'safe.directory=*' upload-pack";
const fetchOptions = ["--quiet", "--no-tags", "--update-shallow", "--no-write-fetch-head", reader];
/** On one file system the packs are linked, which takes neither time nor room. */
const cloneOptions = [
  "--quiet",
  "--bare",
  "--no-tags",
  "--single-branch",
  "--dissociate",
  "--template=",
  reader,
];
/** Beyond this packs are put together. What no ref names stays: an environment may be at it. */
const maxPacks = 20;

/** Work on each mirror, whoever of this process asked for it; no other process has this state. */
const turns = new Map<string, Serially>();

const mirrored: readonly MirroredTree[] = ["freebsd-ports", "DeltaPorts"];

export function createMirrors(folder: string, newId: () => string): Mirrors {
  const last = new Map<MirroredTree, string>();
  const placeOf = (tree: MirroredTree) => join(folder, `${tree}.git`);

  function inTurn<T>(tree: MirroredTree, work: () => Promise<T>): Promise<T> {
    const place = placeOf(tree);
    const serially = turns.get(place) ?? createSerial();
    turns.set(place, serially);
    return serially(work);
  }

  async function bringIn(tree: MirroredTree, source: SourceState, signal?: AbortSignal): Promise<string> {
    const place = placeOf(tree);
    const branch = source.branch ?? "detached";
    const wanted = JSON.stringify([source.path, source.commit, branch]);
    const isThere = await exists(join(place, "HEAD"));
    if (!isThere) await make(place, source, signal);
    // A shallow checkout can be deepened, which changes no commit.
    const isShallow = await exists(join(place, "shallow"));
    if (isThere && !isShallow && last.get(tree) === wanted) return place;
    const options = [...fetchOptions, ...(isShallow ? ["--unshallow"] : [])];
    const refspec = `+${source.commit}:refs/heads/${branch}`;
    await run(place, ["fetch", ...options, "--", source.path, refspec], signal);
    await writeReadable(join(place, "HEAD.new"), `ref: refs/heads/${branch}\n`);
    await rename(join(place, "HEAD.new"), join(place, "HEAD"));
    const packs = (await readdir(join(place, "objects", "pack"))).filter((name) => name.endsWith(".pack"));
    if (packs.length > maxPacks) await run(place, ["repack", "--quiet", "--geometric=2", "-d"], signal);
    last.set(tree, wanted);
    return place;
  }

  async function make(place: string, source: SourceState, signal?: AbortSignal): Promise<void> {
    const aside = transientFolder(folder, "making", newId());
    await makeReadableFolder(folder);
    try {
      await run(folder, ["clone", ...cloneOptions, "--", source.path, aside], signal);
      await rename(aside, place);
    } catch (error) {
      await removeTree(aside);
      // Whoever else works on this folder was quicker.
      if (!["ENOTEMPTY", "EEXIST"].includes(errorCode(error))) throw error;
    }
  }

  return {
    refresh: (tree, source, signal) => inTurn(tree, () => bringIn(tree, source, signal)),
    async areThere() {
      const found = await Promise.all(mirrored.map((tree) => exists(join(placeOf(tree), "HEAD"))));
      return found.every(Boolean);
    },
    async leadsTo(tree, from, to, signal) {
      const place = placeOf(tree);
      if (from === to || (await exists(join(place, "shallow")))) return true;
      try {
        await git(["merge-base", "--is-ancestor", from, to], { cwd: place, signal });
        return true;
      } catch (error) {
        // It fails alike for a commit that is not known there: that one led nowhere.
        if (error instanceof EnvironmentError && error.reason === "system") return false;
        throw error;
      }
    },
    async clear() {
      const cleared = await clearLeftovers(folder);
      for (const tree of mirrored)
        cleared.push(...(await inTurn(tree, () => clearUnfinished(folder, placeOf(tree)))));
      return cleared;
    },
  };
}

function run(cwd: string, args: string[], signal?: AbortSignal): Promise<string> {
  return git([...settings.flatMap((setting) => ["-c", setting]), ...args], { cwd, signal, remote: true });
}

/** Locks and half-written objects of a git that ended with its server. */
async function clearUnfinished(folder: string, place: string): Promise<string[]> {
  if (!(await exists(place))) return [];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const unfinished = entries.filter((entry) => entry.isFile() && /^tmp_|\.(?:lock|new)$/.test(entry.name));
  const paths = unfinished.map(({ parentPath, name }) => join(parentPath, name));
  for (const path of paths) await rm(path, { force: true });
  return paths.map((path) => relative(folder, path));
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
