import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LiveFeed } from "../agent/live/feed.ts";
import { costsBy, ModelKeys, namedModels } from "../agent/model/configured.ts";
import { LentModels } from "../agent/model/editors.ts";
import { createModelPool } from "../agent/model/pool.ts";
import { endWithJob } from "../agent/stages/interrupted.ts";
import { tryOnKin } from "../agent/stages/kinRounds.ts";
import { waitsForBulk, waitsForHealth, waitsForModels } from "../agent/stages/waits.ts";
import { createDelivery } from "../delivery/delivery.ts";
import { createPush } from "../delivery/push.ts";
import { checkMachine } from "../environments/machine.ts";
import { redactor } from "../evidence/emails.ts";
import { automate } from "../jobs/automation.ts";
import { LeasedQueue } from "../jobs/queue.ts";
import { dropUntold } from "../jobs/steerings.ts";
import { WorkerPool } from "../jobs/worker.ts";
import { createTrees } from "../language/tree.ts";
import { builderPrograms, checkPlugins } from "../plugins/configured.ts";
import { loadPlugins } from "../plugins/load.ts";
import { checkPolicy, loadPolicy } from "../policy/load.ts";
import type { Case } from "../protocol/index.ts";
import type { Services } from "../rpc/services.ts";
import { openStore } from "../store/sqlite/open.ts";
import { importEvidence } from "../tracker/import.ts";
import { isImported } from "../tracker/imported.ts";
import { resourceFolder } from "./resources.ts";
import { wireEvidence } from "./wireEvidence.ts";
import { wireHealth } from "./wireHealth.ts";
import type { WireOptions } from "./wireOptions.ts";
import { wireRetention } from "./wireRetention.ts";
import { wireStages } from "./wireStages.ts";

export interface Wired {
  services: Services;
  /** Begins to take evidence and to carry jobs. */
  start(): void;
  /** Ends both in order and closes the store. */
  stop(): Promise<void>;
}

/** A job that keeps its worker busy renews its lease well before that long is over. */
const leaseMs = 60_000;
const renewMs = 15_000;
/** Leases of one job before it is given up. */
const maxLeases = 5;

/** Sortable by time of making, unique, and fit for a file name. */
function newId(): string {
  return `${Date.now().toString(36)}${randomBytes(5).toString("hex")}`;
}

/** Makes the whole server; nothing runs before `start`. */
export async function wire(options: WireOptions): Promise<Wired> {
  const { stateDir, config, log } = options;
  const now = Date.now;
  const policyFolder = config.policy ?? resourceFolder("policy");
  const models = namedModels(config.models);
  const plugins = await loadPlugins(config.plugins);
  const steps = [...plugins.recipeSteps.keys()];
  // A faulty plugin stops no server: its steps are refused where they are used, and the check names them.
  const whole = plugins.files.every(({ problem }) => problem === null);
  const policy = loadPolicy(policyFolder, models, whole ? steps : null);
  for (const { problem } of plugins.files) if (problem !== null) log("error", problem);
  const store = openStore({
    dir: stateDir,
    now,
    onListenerError: (error) => log("error", "a listener failed", error),
  });
  try {
    const { forge } = config.delivery;
    const keys = new ModelKeys(config.models, options.env, forge ? [forge.tokenVariable] : []);
    const lent = new LentModels();
    const pool = createModelPool({
      ...{ models: config.models, keys, lent, now, newId, random: Math.random },
      sleep: async (ms, signal) => void (await sleep(ms, undefined, { signal })),
      warn: (words) => log("warn", words),
    });
    const live = new LiveFeed({ redact: redactor(config.redact), now });
    const parts = { ...options, store, policy, plugins, live, pool, now, newId };
    const { environments, proofs, stages, builder } = await wireStages(parts);
    const evidence = wireEvidence({ ...options, store, now, newId });
    const bulk = waitsForBulk(policy, evidence.buildingHere);
    const lacksModel = waitsForModels({ store, policy, pool, models: config.models });
    const health = waitsForHealth(environments);
    const queue = new LeasedQueue({
      store,
      now,
      newId,
      limit: config.automation.queueLimit,
      leaseMs,
      maxLeases,
      waits: (job) => (lacksModel(job) ?? bulk(job)) !== null,
      mustWait: (job) => health(job) !== null,
    });
    const workers = new WorkerPool({
      store,
      queue,
      stages,
      workers: config.automation.workers,
      renewMs,
      now,
      log,
    });
    const retention = wireRetention({ ...options, store, now });
    const listening: Disposable[] = [];
    return {
      services: {
        version: options.version,
        stateDir,
        config,
        store,
        jobs: queue,
        live,
        policy,
        environments,
        proofs,
        builder,
        delivery: createDelivery({ ...options, store, now, newId }),
        pushing: createPush({ ...options, store, now, newId, tokenOf: (variable) => keys.of(variable) }),
        now,
        newId,
        ...evidence.services,
        knowledge: { store, trees: createTrees(config.trees), recipes: policy.recipes },
        importEvidence: (path, target, progress) =>
          importEvidence({ store, now, newId, redact: redactor(config.redact) }, path, target, progress),
        checkMachine: (signal) =>
          checkMachine({ config, programs: builderPrograms(config.builder, plugins), newId }, signal),
        checkPlugins: () => checkPlugins(plugins),
        checkPolicy: () => checkPolicy(policyFolder, models, steps),
        ...{ keys, lent },
        modelHealth: () => pool.health(),
        workers: () => workers.carried(),
        idleWorkers: () => workers.idle(),
        whyWaits: (job) => health(job) ?? bulk(job) ?? lacksModel(job),
        ...wireHealth({ ...options, keys }),
        prune: retention.prune,
        shutdown: options.onShutdown,
      },
      start() {
        const resumed = queue.recover();
        if (resumed > 0) log("info", `${resumed} jobs of the server before this one go on`);
        const repairable = (subject: Case) => environments !== null && !isImported(store, subject);
        const following = { store, queue, repairable, log, now };
        if (config.automation.enabled) listening.push(automate(following), tryOnKin(following));
        listening.push(dropUntold(store));
        if (environments !== null)
          listening.push(
            endWithJob({ store, manager: environments, costOf: costsBy(config.models), now }, log),
          );
        evidence.start();
        listening.push(retention.start());
        workers.wake();
      },
      async stop() {
        for (const each of listening) each[Symbol.dispose]();
        await evidence.stop();
        await workers[Symbol.asyncDispose]();
        await retention.stop();
        await environments?.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}
