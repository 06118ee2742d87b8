import type { BaseCache } from "./base.ts";
import type { EarlierTree } from "./composer.ts";
import { git } from "./git.ts";
import type { Metadata } from "./metadata.ts";
import type { SourceState } from "./sources.ts";

type Commits = Metadata["commits"];

interface EarlierQuery {
  ports: SourceState;
  delta: SourceState;
  /** How the composer would compose. */
  variant: string;
  cache: Pick<BaseCache, "key" | "find">;
  /** Environments that are there. */
  records: readonly Metadata[];
  signal?: AbortSignal | undefined;
}

/** Of the composed trees that environments use, the one that differs in the fewest ports; undefined when there is none. */
export async function nearestTree(query: EarlierQuery): Promise<EarlierTree | undefined> {
  const { cache, variant, records } = query;
  let nearest: { folder: string; changed: ReadonlySet<string> } | undefined;
  for (const { base, commits } of new Map(records.map((record) => [record.base, record])).values()) {
    // Made by a composer of another version, or for another system or target.
    if (cache.key(commits, variant) !== base) continue;
    const folder = await cache.find(base);
    const changed = folder === null ? null : await changedSince(commits, query);
    if (folder === null || changed === null) continue;
    if (nearest === undefined || changed.size < nearest.changed.size) nearest = { folder, changed };
  }
  const found = nearest;
  return found && { folder: found.folder, isChanged: (origin) => found.changed.has(origin) };
}

/** null where git cannot tell, as for a commit that a rewritten history has lost: the tree is composed whole then. */
async function changedSince(was: Commits, query: EarlierQuery): Promise<Set<string> | null> {
  const { ports, delta, signal } = query;
  try {
    const paths = await Promise.all([
      changedPaths(ports, was["freebsd-ports"], signal),
      changedPaths(delta, was.DeltaPorts, signal).then((changed) =>
        changed.flatMap((path) => (path.startsWith("ports/") ? [path.slice("ports/".length)] : [])),
      ),
    ]);
    return new Set(paths.flat().map((path) => path.split("/", 2).join("/")));
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

async function changedPaths(source: SourceState, since: string, signal?: AbortSignal): Promise<string[]> {
  const options = ["--name-only", "-z", "--no-renames", "--no-ext-diff", "--end-of-options"];
  const answer = await git(["diff", ...options, since, source.commit], { cwd: source.path, signal });
  return answer.split("\0").filter(Boolean);
}
