import { existsSync } from "node:fs";
import { mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import { git } from "../environments/git.ts";
import { thisPlatform, unmountFolder } from "../environments/kinds/chroot/mounted.ts";
import { createEnvironmentManager, type ManagerOptions } from "../environments/manager.ts";
import { removeTree } from "../environments/remove.ts";
import type { EnvironmentManager } from "../environments/types.ts";
import { PortwrightError, type Proof, type ProofFinding } from "../protocol/index.ts";
import { knownFlags } from "./checks.ts";
import { brokenFlags } from "./dependents.ts";

/**
 * Runs `work` with environments of just those commits: the server's own ones where its trees are there still, else those of
 * copies that last for the call. Throws PortwrightError badState for a commit that a repository no longer holds.
 */
export async function atCommits<T>(
  manager: EnvironmentManager,
  options: ManagerOptions,
  { proof, present, signal }: { proof: Proof; present: Record<string, string>; signal: AbortSignal },
  work: (manager: EnvironmentManager) => Promise<T>,
): Promise<T> {
  const moved = Object.entries(proof.trees).some(([tree, commit]) => present[tree] !== commit);
  if (!moved || options.config.trees === undefined) return work(manager);
  if (manager.kind === "ssh")
    throw new PortwrightError(
      "badState",
      `the trees moved on since that proof, and environments of kind ssh are made of those on another host: check out ${Object.entries(
        proof.trees,
      )
        .map(([tree, commit]) => `${tree} at ${commit.slice(0, 12)}`)
        .join(", ")} on both hosts, then try again`,
    );
  const folder = join(options.stateDir, "repeat");
  await removeCopies(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const copy = (tree: string, path: string) =>
      copyAt(join(folder, tree), path, { tree, commit: proof.trees[tree] ?? "", signal });
    const trees: NonNullable<ServerConfig["trees"]> = {
      ...options.config.trees,
      freebsdPorts: await copy("freebsd-ports", options.config.trees.freebsdPorts),
      deltaPorts: await copy("DeltaPorts", options.config.trees.deltaPorts),
    };
    const { root: _, ...environment } = options.config.environment;
    const config = { ...options.config, trees, environment: { ...environment, kind: manager.kind } };
    return await work(await createEnvironmentManager({ ...options, config, stateDir: folder }));
  } finally {
    await removeCopies(folder);
  }
}

/** What a command of these environments left mounted is someone's: it is unmounted, never gone into. */
async function removeCopies(folder: string): Promise<void> {
  const environments = join(folder, "environments");
  const platform = thisPlatform();
  if (platform && existsSync(environments)) {
    // The mount table has real paths.
    const root = await realpath(environments);
    const left = (await readdir(root)).filter((name) => name.startsWith(".mounted-"));
    for (const name of left) await unmountFolder(join(root, name), platform);
  }
  await removeTree(folder);
}

async function copyAt(
  place: string,
  repository: string,
  { tree, commit, signal }: { tree: string; commit: string; signal: AbortSignal },
): Promise<string> {
  try {
    await git(["rev-parse", "--verify", "--quiet", `${commit}^{commit}`], { cwd: repository, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new PortwrightError(
      "badState",
      `${repository} has no commit ${commit} of ${tree}, which the proof started from: fetch it there, then try again`,
      error,
    );
  }
  const source = (
    await git(["rev-parse", "--path-format=absolute", "--git-common-dir"], { cwd: repository })
  ).trim();
  await git(["clone", "--quiet", "--shared", "--no-checkout", source, place], { cwd: repository, signal });
  await git(["checkout", "--quiet", "--detach", commit], { cwd: place, signal });
  return place;
}

/** What the repetition found, beside what was recorded. Logs hold times and are not compared. */
export function compareProofs(before: Proof, after: Proof): ProofFinding[] {
  const parts: readonly (readonly [string, (proof: Proof) => string])[] = [
    ["the verdict", ({ verdict }) => verdict],
    ["the builder", ({ builder, environment }) => `${builder} in ${environment}`],
    ["the failure without the diff", ({ baseline }) => baseline?.signature ?? ""],
    ["the phase that failed without the diff", ({ baseline }) => baseline?.phase ?? ""],
    ["what was built without the diff", ({ baselineInputSha256 = "" }) => baselineInputSha256],
    ["what was built with the diff", ({ inputSha256 }) => inputSha256],
    ["the phase that failed with the diff", ({ build }) => build?.phase ?? ""],
    [
      "the checks",
      ({ checks }) => (checks ? [checks.phase ?? "passed", ...knownFlags(checks)].join("; ") : ""),
    ],
    ["what to look twice at", flagsOfDiff],
  ];
  const kinds = before.environment === "ssh" && after.environment === "ssh";
  const tools = Object.keys({ ...before.tools, ...after.tools }).map(
    (name) => [`the version of ${name}`, ({ tools }: Proof) => tools?.[name] ?? ""] as const,
  );
  return [
    ...parts.map(([what, of]) => compare(what, of(before), of(after), "differs")),
    ...(kinds
      ? [compare("how the other host kept them apart", before.farKind ?? "", after.farKind ?? "", "differs")]
      : []),
    // Another compiler is no fault of the proof, but a reader wants to know.
    compare("ports that depend on it", dependentsOf(before), dependentsOf(after), "unchecked"),
    ...tools.map(([what, of]) => compare(what, of(before), of(after), "unchecked")),
  ];
}

/** Ports that depend on it have a life of their own, and their state is no fault of the proof either. */
function dependentsOf({ dependents = [] }: Proof): string {
  return dependents.map(({ origin, flavor, state }) => `${origin}@${flavor} ${state}`).join(", ");
}

function flagsOfDiff({ flags, dependents = [] }: Proof): string {
  const others = brokenFlags(dependents);
  return flags.filter((flag) => !others.includes(flag)).join("; ");
}

function compare(what: string, was: string, is: string, other: ProofFinding["state"]): ProofFinding {
  if (was === is) return { what, state: "same", said: is };
  return {
    what,
    state: was === "" ? "unchecked" : other,
    said: `recorded as ${was || "nothing"}, now ${is || "nothing"}`,
  };
}
