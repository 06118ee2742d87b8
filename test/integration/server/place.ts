import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Case, CaseDetail, StoredEvent } from "../../../server/src/protocol/index.ts";
import type { RpcClient } from "../../../server/src/rpc/client.ts";
import { configure, type DemoServer, installHooks, startServer } from "../../demo/server.ts";
import { createBuilder } from "../../fixtures/dsynth/builder.ts";
import { createSampleTrees, type SampleTrees } from "../../fixtures/ports/trees.ts";

/** A builder with our hooks and the sample trees, its evidence, and the state of one server after another. */
export interface Place extends AsyncDisposable {
  stateDir: string;
  trees: SampleTrees;
  evidence: string;
  /** Builds ports through the hooks, whether a server runs or not. */
  build(...ports: string[]): Promise<void>;
  /** Begins to build ports through the hooks. */
  begin(...ports: string[]): { finished: Promise<unknown> };
  /** Changes portwright.json before a start. */
  change(edit: (config: Record<string, unknown>) => void): Promise<void>;
  start(env?: NodeJS.ProcessEnv): Promise<DemoServer>;
}

const just = ["-S", "-y", "-s", "0", "-p", "2026Q3", "just-build"];

export async function createPlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "portwright-server-"));
  const stateDir = join(root, "state");
  const trees = await createSampleTrees(join(root, "trees"));
  const builder = await createBuilder({
    ...{ tree: trees.dports, treeInPlace: true, distfiles: trees.distfiles, profile: "2026Q3" },
    ...{ hooks: "none", ini: ["Check_plist= true"] },
  });
  await configure(stateDir, trees, builder, {});
  await installHooks(builder, stateDir);
  const started: DemoServer[] = [];
  return {
    stateDir,
    trees,
    evidence: builder.evidence,
    async build(...ports) {
      const { status, output } = await builder.run([...just, ...ports]);
      if (status !== 0) throw new Error(output);
    },
    begin: (...ports) => builder.start([...just, ...ports]),
    async change(edit) {
      const file = join(stateDir, "portwright.json");
      const config = JSON.parse(await readFile(file, "utf8"));
      edit(config);
      await writeFile(file, JSON.stringify(config));
    },
    async start(env = process.env) {
      const server = await startServer(stateDir, env);
      started.push(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      for (const server of started) await server.stop();
      await builder.remove();
      await rm(root, { recursive: true, force: true });
    },
  };
}

const shipped = fileURLToPath(new URL("../../../policy/", import.meta.url));

/** A place whose rule book is empty, so that a scripted model has to do the work. */
export async function placeWithModel(
  url: string,
  keyVariable: string,
  others: Record<string, object> = {},
): Promise<Place> {
  const place = await createPlace();
  const policy = await policyWithoutRecipes(place);
  await place.change((config) => {
    config.policy = policy;
    config.models = { patch: { baseURL: url, model: "scripted", keyVariable }, others };
  });
  return place;
}

/** A copy of the shipped policy, which the configuration does not name yet. */
export async function policyOf(place: Place): Promise<string> {
  const policy = join(place.stateDir, "policy");
  await cp(shipped, policy, { recursive: true });
  return policy;
}

/** A copy of it with an empty rule book. */
export async function policyWithoutRecipes(place: Place): Promise<string> {
  const policy = await policyOf(place);
  for (const name of await readdir(join(policy, "recipes"))) await rm(join(policy, "recipes", name));
  return policy;
}

/** Waits for the case to come into one of the states. */
export async function caseIn(
  client: RpcClient,
  origin: string,
  ...states: Case["state"][]
): Promise<CaseDetail> {
  for (;;) {
    const { cases } = await client.call("cases/list", { text: origin });
    const [subject] = cases;
    if (subject !== undefined && states.includes(subject.state))
      return client.call("case/get", { case: subject.id });
    await sleep(50);
  }
}

/** Settles with the first event, past or to come, that `wanted` accepts. */
export async function eventOf(
  client: RpcClient,
  wanted: (event: StoredEvent) => boolean,
): Promise<StoredEvent> {
  const found = new Promise<StoredEvent>((resolve) => {
    client.on("events/batch", ({ events }) => {
      const [first] = events.filter(wanted);
      if (first !== undefined) resolve(first);
    });
  });
  await client.call("events/subscribe", { after: 0 });
  return found;
}

export async function git(folder: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)("git", ["-C", folder, ...args])).stdout;
}
