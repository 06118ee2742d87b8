import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LiveFeed } from "../../../server/src/agent/live/feed.ts";
import { ModelKeys } from "../../../server/src/agent/model/configured.ts";
import { LentModels } from "../../../server/src/agent/model/editors.ts";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import { wireRetention } from "../../../server/src/cli/wireRetention.ts";
import { ServerConfig } from "../../../server/src/config/config.ts";
import { createDelivery } from "../../../server/src/delivery/delivery.ts";
import { createPush } from "../../../server/src/delivery/push.ts";
import { createEnvironmentManager } from "../../../server/src/environments/manager.ts";
import { redact } from "../../../server/src/evidence/redact.ts";
import type { Carried } from "../../../server/src/jobs/heartbeat.ts";
import type { Idle } from "../../../server/src/jobs/worker.ts";
import { createTrees } from "../../../server/src/language/tree.ts";
import { loadPolicy } from "../../../server/src/policy/load.ts";
import { createProofService } from "../../../server/src/proof/service.ts";
import { sourceTrees } from "../../../server/src/proof/trees.ts";
import type { Case, Check, EndpointHealth } from "../../../server/src/protocol/index.ts";
import { PortwrightError } from "../../../server/src/protocol/index.ts";
import { createLog } from "../../../server/src/rpc/log.ts";
import { listen, type RpcServer } from "../../../server/src/rpc/server.ts";
import type { Services } from "../../../server/src/rpc/services.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";

const policyFolder = fileURLToPath(new URL("../../../policy", import.meta.url));

export interface TestServer extends AsyncDisposable {
  services: Services;
  rpc: RpcServer;
  stateDir: string;
  /** What the server logged. */
  log: string[];
}

/** In place of what is found out by trying. */
export const machine: Check = { kind: "kind-available", name: "bwrap", ok: true, message: "isolates here" };

/** A server over a real store on a real socket, in a fresh state folder; jobs are only queued. */
export async function startTestServer(
  given: {
    stateDir?: string;
    env?: NodeJS.ProcessEnv;
    withEnvironments?: boolean;
    config?: object;
    modelHealth?: EndpointHealth[];
    workers?: Carried[];
    idle?: Idle[];
  } = {},
): Promise<TestServer> {
  const folder = given.stateDir ?? (await mkdtemp(join(tmpdir(), "portwright-rpc-")));
  const store = openStore({ dir: folder, now: Date.now });
  const config = ServerConfig.parse({
    evidence: join(folder, "evidence"),
    environment: { kind: "plain" },
    ...given.config,
  });
  const environments = given.withEnvironments
    ? await createEnvironmentManager({ config, stateDir: folder, now: Date.now, newId: randomUUID })
    : null;
  const lines: string[] = [];
  let jobs = 0;
  const services: Services = {
    version: "9.9.9",
    stateDir: folder,
    config,
    store,
    jobs: {
      enqueue({ kind, caseId, requestedBy, tier, context }) {
        jobs += 1;
        const payload = {
          id: `job-${jobs}`,
          kind,
          caseId,
          state: "queued" as const,
          requestedBy,
          tier: tier ?? null,
          context: context ?? "",
          lineage: 1,
          fence: 0,
          leaseExpiresAt: null,
          error: null,
          queuedAt: Date.now(),
          endedAt: null,
        };
        store.append([{ type: "job/changed", payload }]);
        return payload;
      },
      stop: () => [],
    },
    newId: randomUUID,
    live: new LiveFeed({ redact, now: Date.now }),
    policy: loadPolicy(policyFolder),
    checkMachine: async () => [machine],
    checkPlugins: () => [],
    environments,
    builder: (use) => createBuilder(config.builder[use], config.builder),
    proofs: createProofService({
      store,
      trees: sourceTrees(config.trees),
      repeating: { refused: "nothing is built here" },
    }),
    delivery: createDelivery({
      ...{ store, config, stateDir: folder, version: "9.9.9", env: {}, now: Date.now },
      newId: () => "delivery",
    }),
    pushing: createPush({
      ...{ store, config, stateDir: folder, env: {}, now: Date.now, newId: randomUUID, tokenOf: () => "" },
    }),
    now: Date.now,
    journalStatus: () => ({ offset: 0, bytes: 0, damaged: 0 }),
    liveRuns: () => [],
    whyWaits: () => null,
    builderLinks: () => [],
    lockTest: () => "none",
    modelHealth: () => given.modelHealth ?? [],
    workers: () => given.workers ?? [],
    idleWorkers: () => given.idle ?? [],
    async importEvidence(path, _target, progress) {
      progress(`reading ${path}`);
      if (path === "/internal") throw new Error("a detail that nobody may see");
      throw new PortwrightError("notFound", `${path} is not there`);
    },
    knowledge: { store, trees: createTrees(config.trees), recipes: [] },
    checkPolicy: () => ({ problems: [], rules: 1, recipes: 2, prompts: 3 }),
    checkHooks: async () => [{ kind: "hooks", name: "hooks", ok: true, message: "installed" }],
    keys: new ModelKeys(config.models, given.env ?? {}),
    lent: new LentModels(),
    redact,
    logTail: async () => lines.join(""),
    prune: wireRetention({ config, store, now: Date.now, log: () => {} }).prune,
    shutdown: () => {},
  };
  const log = createLog((line) => lines.push(line), Date.now, "debug");
  const rpc = await listen({ services, log, who: "tester", env: given.env ?? {} });
  return {
    services,
    rpc,
    stateDir: folder,
    log: lines,
    async [Symbol.asyncDispose]() {
      await rpc.close();
      await environments?.close();
      store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Opens cases, with the run and the bundle that they refer to. */
export function seedCases(store: Store, ...cases: Partial<Case>[]): void {
  store.append([
    { type: "run/changed", payload: sampleRun() },
    { type: "bundle/added", payload: sampleBundle() },
    ...cases.map((changes) => ({ type: "case/changed" as const, payload: sampleCase(changes) })),
  ]);
}
