import { briefBy } from "../agent/briefing/brief.ts";
import type { LiveFeed } from "../agent/live/feed.ts";
import { createLoopAgent } from "../agent/loop/loop.ts";
import { costsBy, pricesOf, triageName } from "../agent/model/configured.ts";
import type { Standing } from "../agent/model/failover.ts";
import { lentByName } from "../agent/model/infos.ts";
import type { ModelPool } from "../agent/model/pool.ts";
import { createRecipeAgent } from "../agent/recipes/agent.ts";
import { environmentName } from "../agent/stages/environment.ts";
import { closeInterrupted, openAttempts } from "../agent/stages/interrupted.ts";
import { patchStage } from "../agent/stages/patch.ts";
import { triageStage } from "../agent/stages/triage.ts";
import type { Agent } from "../agent/types.ts";
import { createQueryPort } from "../builders/make.ts";
import type { Builder } from "../builders/types.ts";
import { Unhealthy } from "../environments/errors.ts";
import { createEnvironmentManager } from "../environments/manager.ts";
import type { EnvironmentManager } from "../environments/types.ts";
import { distill } from "../evidence/distill/distill.ts";
import { redactor } from "../evidence/emails.ts";
import { everyJob, unfinished } from "../jobs/everyJob.ts";
import type { StageHandler, Stages } from "../jobs/types.ts";
import { faultsIn } from "../language/editChecks.ts";
import { type BuilderUse, configuredBuilder, requireBuilder } from "../plugins/configured.ts";
import type { Plugins } from "../plugins/load.ts";
import { wishesOf } from "../policy/budget.ts";
import { subjectOf } from "../policy/decide.ts";
import type { Policy } from "../policy/load.ts";
import { diagnoseWith } from "../proof/diagnose.ts";
import { dependentsIn } from "../proof/needing.ts";
import type { ProofSetup } from "../proof/prove.ts";
import { createProofService, type ProofService } from "../proof/service.ts";
import { verifyStage } from "../proof/stage.ts";
import { sourceTrees } from "../proof/trees.ts";
import { type Attempt, PortwrightError } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { isImported } from "../tracker/imported.ts";
import type { WireOptions } from "./wireOptions.ts";

interface StageParts extends WireOptions {
  store: Store;
  policy: Policy;
  plugins: Plugins;
  live: LiveFeed;
  pool: ModelPool;
  now: () => number;
  newId: () => string;
}

/** The stages that this configuration allows: without trees cases are diagnosed and nothing is repaired. */
export async function wireStages(parts: StageParts): Promise<{
  environments: EnvironmentManager | null;
  proofs: ProofService;
  stages: Stages;
  builder: (use: BuilderUse) => Builder;
}> {
  const { store, policy, plugins, config, live, pool, stateDir, version, now, newId, log } = parts;
  const repositories = sourceTrees(config.trees);
  const costOf = costsBy(config.models);
  const redact = redactor(config.redact);
  // What a server that died was at goes on; anything else of it is ended.
  const open = config.trees === undefined ? [] : openAttempts(store);
  const goesOn = ({ id }: Attempt) => open.some((one) => one.id === id);
  for (const { caseId } of everyJob(store, unfinished))
    await closeInterrupted({ store, costOf, now }, (...events) => void store.append(events), caseId, goesOn);
  const diagnostician = triageName(config.models);
  const triage = triageStage({
    store,
    policy,
    model: diagnostician && (() => pool.conversation(diagnostician)),
    canModel: config.models.patch !== undefined,
    canRebuild: (subject) =>
      config.automation.enabled && config.trees !== undefined && !isImported(store, subject),
    costOf,
    redact,
    now,
  });
  if (config.trees === undefined)
    return {
      environments: null,
      proofs: createProofService({ store, trees: repositories, repeating: { refused: noTrees } }),
      stages: { triage, patch: refused(noTrees), verify: refused(noTrees) },
      builder: () => requireBuilder({ problem: noTrees }),
    };

  const forAttempts = configuredBuilder(config.builder, "attempts", plugins);
  const forProofs = configuredBuilder(config.builder, "proofs", plugins);
  for (const use of [forAttempts, forProofs]) if ("problem" in use) log("error", use.problem);
  const programs = [forAttempts, forProofs].flatMap((use) => ("builder" in use ? use.builder.programs : []));
  const attempted = () => openAttempts(store).map(environmentName);
  const managing = {
    config,
    stateDir,
    programs,
    agent: parts.env.SSH_AUTH_SOCK,
    goesOn: attempted,
    now,
    newId,
  };
  const environments = await createEnvironmentManager(managing);
  // Without isolation a port's code runs as this user; that must not stay unread.
  log(
    environments.kind === "plain" ? "warn" : "info",
    `environments are ${environments.kind}: ${environments.note}`,
  );
  // Those of jobs belong to a server that died.
  await environments.clearForsaken().catch((error: unknown) => {
    if (!(error instanceof Unhealthy)) throw error;
    log(
      "warn",
      `environments of earlier jobs are left where they are (\`portwright env doctor --fix\` removes them once it is mended): ${error.message}`,
    );
  });
  const buildTimeoutMs = config.builder.timeoutMinutes * 60_000;
  const loop = {
    prompts: { system: policy.prompts.system ?? "", triage: policy.prompts.triage ?? "" },
    distill,
    queryPort: createQueryPort(config.builder),
    redact,
    now,
    newId,
    buildTimeoutMs,
  };
  const brief = briefBy(policy);
  const agentOf = (name: string): Agent => {
    const provider = (_?: unknown, standing?: Standing) => pool.conversation(name, standing);
    const { name: host, model } = provider();
    return createLoopAgent({ ...loop, brief, faultsIn, name: host, model, provider });
  };
  const models = new Map(pool.names.map((name) => [name, agentOf(name)]));
  const stage = { store, manager: environments, live, buildTimeoutMs, now, newId };
  const patch = stageWith(forAttempts, (builder) =>
    patchStage({
      ...{ ...stage, builder, policy, costOf, prices: pricesOf(config.models) },
      models: {
        get: (name) => models.get(name) ?? (lentByName(name) ? agentOf(name) : undefined),
        values: () => models.values(),
      },
      recipes: createRecipeAgent(loop, plugins.recipeSteps),
    }),
  );
  const proving = (builder: Builder): Omit<ProofSetup, "blobs"> => ({
    ...{ manager: environments, builder, trees: repositories, version, now, newId },
    ...{ diagnose: diagnoseWith(distill), timeoutMs: buildTimeoutMs },
    dependents: dependentsIn(store, config.trees),
  });
  const verify = stageWith(forProofs, (builder) =>
    verifyStage({
      store,
      setup: proving(builder),
      live,
      redact,
      wishes: (subject) => wishesOf(policy, subjectOf(subject)),
    }),
  );
  const repeating =
    "builder" in forProofs
      ? { setup: proving(forProofs.builder), manager: managing }
      : { refused: forProofs.problem };
  const proofs = createProofService({ store, trees: repositories, repeating });
  const builder = (use: BuilderUse) => requireBuilder(use === "proofs" ? forProofs : forAttempts);
  return { environments, proofs, stages: { triage, patch, verify }, builder };
}

function stageWith(
  use: ReturnType<typeof configuredBuilder>,
  make: (builder: Builder) => StageHandler,
): StageHandler {
  return "builder" in use ? make(use.builder) : refused(use.problem);
}

const noTrees = 'no trees are configured; set "trees" in portwright.json';

/** A job that cannot be carried here ends with the reason instead of waiting for ever. */
const refused =
  (reason: string): StageHandler =>
  () =>
    Promise.reject(new PortwrightError("environment", reason));
