import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import { type ServerConfig, ServerConfig as schema } from "../../../server/src/config/config.ts";
import { createEnvironmentManager } from "../../../server/src/environments/manager.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import type { EnvironmentKind } from "../../../server/src/protocol/index.ts";
import { createSampleTrees, type SampleTrees } from "../../fixtures/ports/trees.ts";

/** The kinds that this machine can run; a missing bubblewrap is shown as a shorter list of tests. */
export const kinds: EnvironmentKind[] = hasBwrap() ? ["bwrap", "plain"] : ["plain"];

function hasBwrap(): boolean {
  try {
    execFileSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface Place {
  folder: string;
  trees: SampleTrees;
  stateDir: string;
  /** A manager on these trees; options go over the defaults. */
  manager(
    kind: EnvironmentKind,
    options?: { packages?: string; stateDir?: string; builder?: object },
  ): Promise<EnvironmentManager>;
  config(kind: EnvironmentKind, options?: { packages?: string; builder?: object }): ServerConfig;
  remove(): Promise<void>;
}

/** Sample trees and an empty state folder, all below one new temporary folder. */
export async function createPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-environments-"));
  const trees = await createSampleTrees(join(folder, "trees"));
  const stateDir = join(folder, "state");
  const config: Place["config"] = (kind, options = {}) =>
    schema.parse({
      trees: {
        freebsdPorts: trees.freebsdPorts,
        deltaPorts: trees.deltaPorts,
        distfiles: trees.distfiles,
        ...(options.packages ? { packages: options.packages } : {}),
      },
      environment: { kind },
      ...(options.builder ? { builder: options.builder } : {}),
    });
  return {
    folder,
    trees,
    stateDir,
    config,
    manager: (kind, options = {}) => {
      const whole = config(kind, options);
      const { programs } = createBuilder(whole.builder.attempts, whole.builder);
      return createEnvironmentManager({
        config: whole,
        programs,
        stateDir: options.stateDir ?? stateDir,
        now: Date.now,
        newId: randomUUID,
      });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A copy of a repository for a test that changes it. */
export async function copyTree(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true });
  return to;
}

export function commitAll(tree: string, message: string): void {
  const identity = ["-c", "user.name=Porter", "-c", "user.email=porter@example.org"];
  execFileSync("git", ["-C", tree, "add", "-A"]);
  execFileSync("git", ["-C", tree, ...identity, "commit", "-q", "-m", message]);
}

export async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, "utf8")));
}
