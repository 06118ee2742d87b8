import type { ServerConfig } from "../config/config.ts";
import { EnvironmentError } from "../environments/errors.ts";
import { git } from "../environments/git.ts";
import { headCommit } from "../environments/sources.ts";

/** The operator's repositories, by the trees' names in a proof. */
export interface SourceTrees {
  /** Commits that an environment would be made of now; null when no trees are configured. */
  present(): Promise<Record<string, string> | null>;
  /** Git's hash of all that the tree holds at the commit; null when that is not known here. */
  hash(tree: string, commit: string): Promise<string | null>;
}

export function sourceTrees(trees: ServerConfig["trees"]): SourceTrees {
  const folders: Record<string, string> =
    trees === undefined ? {} : { "freebsd-ports": trees.freebsdPorts, DeltaPorts: trees.deltaPorts };
  return {
    async present() {
      if (trees === undefined) return null;
      const commits = Object.entries(folders).map(async ([tree, path]) => [tree, await headCommit(path)]);
      return Object.fromEntries(await Promise.all(commits));
    },
    async hash(tree, commit) {
      const cwd = folders[tree];
      if (cwd === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return null;
      try {
        return (await git(["rev-parse", "--verify", "--quiet", `${commit}^{tree}`], { cwd })).trim();
      } catch (error) {
        // A repository that is gone knows it as little as one that never had it.
        if (error instanceof EnvironmentError && error.reason === "system") return null;
        throw error;
      }
    },
  };
}
