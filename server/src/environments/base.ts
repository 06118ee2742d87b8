import { createHash } from "node:crypto";
import { readdir, realpath, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "./errors.ts";
import { transientFolder } from "./leftovers.ts";
import { makeReadableFolder } from "./readable.ts";
import { removeTree } from "./remove.ts";

/** Composed DPorts trees, one for a pair of commits, shared read-only by environments. */
export interface BaseCache {
  key(commits: Readonly<Record<string, string>>, variant: string): string;
  /** Real path of the tree; made by `fill`, aside and then renamed, when it is not there. */
  ensure(key: string, fill: (folder: string) => Promise<void>): Promise<string>;
  /** Real path of the tree; throws where it is not there. */
  path(key: string): Promise<string>;
  /** The same; null where it is not there. */
  find(key: string): Promise<string | null>;
  /** Where it is, or would be. */
  place(key: string): string;
  /** Removes the longest unused trees beyond a few that no environment needs. */
  prune(inUse: ReadonlySet<string>): Promise<void>;
}

const keptUnused = 2;
/** Part of the key: a composer that composes differently must not meet older trees. */
const composerVersion = 2;

export function createBaseCache(folder: string, newId: () => string): BaseCache {
  const making = new Map<string, Promise<string>>();

  async function make(key: string, fill: (folder: string) => Promise<void>): Promise<string> {
    const place = join(folder, key);
    const now = new Date();
    try {
      await utimes(place, now, now);
      return await realpath(place);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
    const aside = transientFolder(folder, "making", newId());
    await makeReadableFolder(aside);
    try {
      await fill(aside);
      await rename(aside, place);
    } catch (error) {
      await removeTree(aside);
      // Another server on the same folder was quicker; both trees are the same.
      if (!["ENOTEMPTY", "EEXIST"].includes(errorCode(error))) throw error;
    }
    return realpath(place);
  }

  return {
    key: (commits, variant) =>
      createHash("sha256")
        .update(JSON.stringify([composerVersion, variant, Object.entries(commits).sort()]))
        .digest("hex")
        .slice(0, 20),
    ensure(key, fill) {
      const running = making.get(key);
      // Whoever waits for another's tree makes it himself when that one gave up.
      if (running) return running.catch(() => this.ensure(key, fill));
      const started = make(key, fill).finally(() => making.delete(key));
      making.set(key, started);
      return started;
    },
    path: (key) => realpath(join(folder, key)),
    find: (key) => unlessGone(realpath(join(folder, key))),
    place: (key) => join(folder, key),
    async prune(inUse) {
      const names = (await readdir(folder)).filter((name) => !name.startsWith(".") && !inUse.has(name));
      const aged = await Promise.all(
        names.map(async (name) => ({ name, usedAt: await unlessGone(usedAt(join(folder, name))) })),
      );
      const there = aged.filter(({ usedAt }) => usedAt !== null);
      there.sort((a, b) => (b.usedAt ?? 0) - (a.usedAt ?? 0));
      for (const { name } of there.slice(keptUnused)) {
        const aside = transientFolder(folder, "removing", newId());
        await unlessGone(rename(join(folder, name), aside));
        await removeTree(aside);
      }
    },
  };
}

async function usedAt(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}

/** null when it is about a folder that is not there, or that another environment's making has just removed. */
async function unlessGone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
