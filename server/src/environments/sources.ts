import { realpath } from "node:fs/promises";
import type { ServerConfig } from "../config/config.ts";
import { EnvironmentError } from "./errors.ts";
import { git } from "./git.ts";
import type { TreeName } from "./types.ts";

export interface SourceState {
  /** Real path of the checkout. */
  path: string;
  commit: string;
  /** The branch that is checked out; null when none is. */
  branch: string | null;
  /** Absolute path of the repository's object store. */
  objects: string;
  /** Changed and untracked files, relative. */
  changed: string[];
}

/** Reads an operator's checkout without changing anything in it. */
export async function inspectSource(
  name: TreeName,
  path: string,
  signal?: AbortSignal,
): Promise<SourceState> {
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    throw new EnvironmentError(
      "tree",
      `${name}: ${path} cannot be opened; correct "trees" in the configuration`,
      error,
    );
  }
  const options = { cwd: real, signal };
  let answer: string;
  try {
    answer = await git(
      [
        "rev-parse",
        "--path-format=absolute",
        "--show-toplevel",
        "--git-path",
        "objects",
        "HEAD",
        "--symbolic-full-name",
        "HEAD",
      ],
      options,
    );
  } catch (error) {
    if (error instanceof EnvironmentError && error.reason !== "system") throw error;
    throw new EnvironmentError("tree", `${name}: ${path} is not a git checkout with a commit`, error);
  }
  const [top, objects, commit, ref = ""] = answer.split("\n");
  if (top !== real || !objects || !commit)
    throw new EnvironmentError(
      "tree",
      `${name}: ${path} is not the top folder of a git checkout (${top} is)`,
    );
  const status = await git(["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"], options);
  const changed = status.split("\0").flatMap((entry) => (entry ? [entry.slice(3)] : []));
  const branch = /^refs\/heads\/(.+)/.exec(ref)?.[1] ?? null;
  return { path: real, commit, branch, objects, changed };
}

/** Throws EnvironmentError naming the first changed files: what is built must be what a commit names. */
export function requireClean(name: TreeName, state: SourceState): void {
  if (state.changed.length === 0) return;
  throw new EnvironmentError(
    "dirty",
    `${name} (${state.path}) has ${changesOf(state)}. Commit or stash them, then try again.`,
  );
}

/** Names the first changed files. */
export function changesOf({ changed }: SourceState): string {
  const more = changed.length > 5 ? ` and ${changed.length - 5} more` : "";
  return `local changes: ${changed.slice(0, 5).join(", ")}${more}`;
}

/** Commit that a checkout is at now. */
export async function headCommit(path: string): Promise<string> {
  return (await git(["rev-parse", "HEAD"], { cwd: path })).trim();
}

/** Commits that the operator's checkouts are at. */
export async function sourceHeads({
  freebsdPorts,
  deltaPorts,
}: NonNullable<ServerConfig["trees"]>): Promise<Record<"freebsd-ports" | "DeltaPorts", string>> {
  const [ports, delta] = await Promise.all([headCommit(freebsdPorts), headCommit(deltaPorts)]);
  return { "freebsd-ports": ports, DeltaPorts: delta };
}
