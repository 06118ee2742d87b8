import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallParams, MethodName, MethodResult } from "../../../server/src/protocol/index.ts";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { socketPath } from "../../../server/src/rpc/socket.ts";
import { configure, installHooks } from "../../demo/server.ts";
import { createBuilder } from "../../fixtures/dsynth/builder.ts";
import { createSampleTrees } from "../../fixtures/ports/trees.ts";
import { killServer } from "../../unit/extension/connection/server.ts";

export interface BuilderHost extends AsyncDisposable {
  /** Holds all of it, and is gone with it. */
  folder: string;
  stateDir: string;
  /** Checkout of DeltaPorts that fixes are made for and delivered to. */
  deltaPorts: string;
  /** Builds these ports with the hooks in place. */
  build(...origins: string[]): Promise<void>;
  /** Begins a build of a port that takes minutes; the function ends it as a crash would. */
  buildSlowly(): Promise<() => Promise<void>>;
  /** One call on a connection of its own. */
  ask<M extends MethodName>(method: M, params: CallParams<M>): Promise<MethodResult<M>>;
  /** Ends the server as a crash would. */
  killServer(): Promise<void>;
}

interface HostOptions {
  /** Endpoint of a model that does all repairs: the rule book is empty then. */
  model?: string;
  /** What stands under "models" in the configuration, for such a repair. */
  models?: object;
  /** Whether the server works on failures by itself; true when left out. */
  automation?: boolean;
  /** Tools of which each call of a model waits for a person. */
  approve?: string[];
  /** Other settings of portwright.json. */
  settings?: object;
}

/** What a porter's builder looks like: trees, builder, hooks, a configured state, and no server yet. */
export async function makeBuilderHost({
  model,
  models,
  automation = true,
  approve = [],
  settings,
}: HostOptions = {}): Promise<BuilderHost> {
  const root = await mkdtemp(join(tmpdir(), "portwright-e2e-"));
  const stateDir = join(root, "state");
  const trees = await createSampleTrees(join(root, "trees"));
  const builder = await createBuilder({
    tree: trees.dports,
    treeInPlace: true,
    distfiles: trees.distfiles,
    profile: "2026Q3",
    hooks: "none",
    ini: ["Check_plist= true"],
  });
  await configure(
    stateDir,
    trees,
    builder,
    model ? { PORTWRIGHT_MODEL: "scripted", OPENAI_BASE_URL: model } : {},
  );
  if (model || models) await withoutRecipes(stateDir, approve);
  if (models) await change(stateDir, { models });
  if (!automation) await change(stateDir, { automation: { enabled: false, workers: 2 } });
  if (settings) await change(stateDir, settings);
  await installHooks(builder, stateDir);
  return {
    folder: root,
    stateDir,
    deltaPorts: trees.deltaPorts,
    async build(...origins) {
      const args = ["-S", "-y", "-s", "0", "-p", "2026Q3", "just-build", ...origins];
      const { status, output } = await builder.run(args);
      if (status !== 0) throw new Error(`the builder ended with status ${status}:\n${output}`);
    },
    async buildSlowly() {
      await addSlowPort(builder.ports);
      const args = ["-S", "-y", "-s", "0", "-p", "2026Q3", "just-build", "misc/slow"];
      const { pid, finished } = builder.start(args);
      return async () => {
        process.kill(pid, "SIGKILL");
        await finished;
      };
    },
    async ask(method, params) {
      using client = await connectClient(await socketPath(stateDir), { name: "test", version: "0" });
      return await client.call(method, params);
    },
    killServer: () => killServer(stateDir),
    async [Symbol.asyncDispose]() {
      await killServer(stateDir);
      await builder.remove();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function addSlowPort(ports: string): Promise<void> {
  const folder = join(ports, "misc/slow");
  await mkdir(folder, { recursive: true });
  const lines = [
    "PORTNAME=\tslow",
    "DISTVERSION=\t1",
    "CATEGORIES=\tmisc",
    "COMMENT=\tTakes its time",
    "DISTFILES=",
  ];
  const rest = ["do-extract:", "\t@sleep 300", "", ".include <bsd.port.mk>", ""];
  await writeFile(join(folder, "Makefile"), [...lines, "", ...rest].join("\n"));
}

async function withoutRecipes(stateDir: string, approve: readonly string[]): Promise<void> {
  const policy = join(stateDir, "policy");
  await cp(fileURLToPath(new URL("../../../policy/", import.meta.url)), policy, { recursive: true });
  await rm(join(policy, "recipes"), { recursive: true });
  await mkdir(join(policy, "recipes"));
  const file = join(policy, "policy.json");
  const rules = JSON.parse(await readFile(file, "utf8"));
  rules.tiers.AUTO.approve = approve;
  await writeFile(file, JSON.stringify(rules));
  await change(stateDir, { policy });
}

async function change(stateDir: string, settings: object): Promise<void> {
  const file = join(stateDir, "portwright.json");
  const config = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...config, ...settings }));
}
