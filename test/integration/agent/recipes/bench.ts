import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { LiveFeed } from "../../../../server/src/agent/live/feed.ts";
import { createRecipeAgent } from "../../../../server/src/agent/recipes/agent.ts";
import type { KinFix } from "../../../../server/src/agent/recipes/kin.ts";
import { matchRecipes } from "../../../../server/src/agent/recipes/match.ts";
import type { AttemptReport } from "../../../../server/src/agent/types.ts";
import { createQueryPort } from "../../../../server/src/builders/make.ts";
import { createBuilder } from "../../../../server/src/builders/registry.ts";
import { ServerConfig } from "../../../../server/src/config/config.ts";
import { createEnvironmentManager } from "../../../../server/src/environments/manager.ts";
import type { EnvironmentManager } from "../../../../server/src/environments/types.ts";
import { distill } from "../../../../server/src/evidence/distill/distill.ts";
import { redact } from "../../../../server/src/evidence/redact.ts";
import { budgetOf } from "../../../../server/src/policy/budget.ts";
import { decide, subjectOf } from "../../../../server/src/policy/decide.ts";
import { loadPolicy } from "../../../../server/src/policy/load.ts";
import type { Bundle, Case, Diagnosis, Turn } from "../../../../server/src/protocol/index.ts";
import { openBlobs } from "../../../../server/src/store/blobs.ts";
import { createSampleTrees, type SampleTrees } from "../../../fixtures/ports/trees.ts";
import { notNeeded, silent } from "../sample.ts";

export const policy = loadPolicy(join(import.meta.dirname, "../../../../policy"));

export interface RepairBench {
  trees: SampleTrees;
  manager: EnvironmentManager;
  /** Builds the port as it stands and diagnoses the failure. */
  diagnose(origin: string, flavor?: string): Promise<Diagnosis>;
  /** One attempt of the recipes in a fresh environment, with the same loop and tools that a model gets. */
  repair(
    origin: string,
    diagnosis: Diagnosis,
    more?: { flavor?: string; kin?: readonly KinFix[] },
  ): Promise<AttemptReport & { record: Turn[] }>;
  /** Whether the port builds in a clean environment from a diff alone. */
  builds(origin: string, diff: string, flavor?: string): Promise<boolean>;
  remove(): Promise<void>;
}

/**
 * A bench on the sample trees; `overlay` are files of DeltaPorts that differ from the sample's, null for none, `extend`
 * adds to the upstream tree.
 */
export async function createRepairBench(
  overlay: Record<string, string | null> = {},
  extend?: (place: { tree: string; distfiles: string }) => Promise<void>,
): Promise<RepairBench> {
  const root = await mkdtemp(join(tmpdir(), "portwright-recipes-"));
  const trees = await createSampleTrees(join(root, "trees"));
  await changeOverlay(trees.deltaPorts, overlay);
  if (extend !== undefined) {
    await extend({ tree: trees.freebsdPorts, distfiles: trees.distfiles });
    await commit(trees.freebsdPorts, "Add ports");
  }
  const config = ServerConfig.parse({
    trees: { freebsdPorts: trees.freebsdPorts, deltaPorts: trees.deltaPorts, distfiles: trees.distfiles },
  });
  let count = 0;
  const newId = (): string => {
    count += 1;
    return `${count}`;
  };
  const manager = await createEnvironmentManager({
    config,
    stateDir: join(root, "state"),
    now: Date.now,
    newId,
  });
  const builder = createBuilder("bsd-make", config.builder);
  const blobs = openBlobs(join(root, "blobs"));
  const agentFor = createRecipeAgent({
    prompts: { system: policy.prompts.system ?? "", triage: policy.prompts.triage ?? "" },
    distill,
    queryPort: createQueryPort(config.builder),
    redact,
    now: Date.now,
    newId,
  });
  const fresh = () => manager.create({ name: `test-${newId()}`, target: "@2026Q3" });

  return {
    trees,
    manager,
    async diagnose(origin, flavor = "") {
      const environment = await fresh();
      await environment.compose(origin);
      const result = await builder.build({ environment, origin, flavor, timeoutMs: 120_000 });
      const diagnosis = await distill(createReadStream(result.logPath), {
        ...(result.failedPhase !== null && { builderPhase: result.failedPhase }),
      });
      await environment.destroy();
      return diagnosis;
    },
    async repair(origin, diagnosis, { flavor = "", kin = [] } = {}) {
      const bundle = bundleOf(origin, flavor, diagnosis);
      const decision = decide(policy, {
        origin,
        target: bundle.target,
        diagnosis,
        recipes: matchRecipes(policy.recipes, diagnosis),
      });
      const environment = await fresh();
      const record: Turn[] = [];
      const report = await agentFor.attempt({
        attemptId: newId(),
        number: 1,
        subject: caseOf(bundle),
        bundle,
        tier: "AUTO",
        decision,
        budget: budgetOf(policy, "AUTO", subjectOf(caseOf(bundle))),
        environment,
        builder,
        blobs,
        context: [],
        ledger: [],
        ...{ siblings: [], kin },
        book: () => policy.recipes,
        signal: new AbortController().signal,
        onBriefing: () => {},
        onAnswer: () => {},
        onTurn: (turn) => record.push(turn),
        onPhase: () => {},
        live: new LiveFeed({ redact, now: Date.now }).begin("case-1", "attempt-1"),
        operator: silent,
        consent: notNeeded,
      });
      await environment.destroy();
      return { ...report, record };
    },
    async builds(origin, diff, flavor = "") {
      const environment = await fresh();
      await environment.applyDiff(diff);
      await environment.compose(origin);
      const result = await builder.build({ environment, origin, flavor, timeoutMs: 120_000 });
      await environment.destroy();
      return result.passed;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function changeOverlay(deltaPorts: string, files: Record<string, string | null>): Promise<void> {
  if (Object.keys(files).length === 0) return;
  for (const [name, text] of Object.entries(files)) {
    const path = join(deltaPorts, "ports", name);
    await mkdir(dirname(path), { recursive: true });
    await (text === null ? rm(path) : writeFile(path, text));
  }
  await commit(deltaPorts, "Change the overlay");
}

async function commit(cwd: string, message: string): Promise<void> {
  const git = (...args: string[]) =>
    promisify(execFile)("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
      cwd,
    });
  await git("add", "-A", "-f", ".");
  await git("commit", "-q", "--no-verify", "-m", message);
}

function bundleOf(origin: string, flavor: string, diagnosis: Diagnosis): Bundle {
  return {
    id: "bundle-1",
    runId: "run-1",
    target: "@2026Q3",
    origin,
    flavor,
    pkgname: "",
    diagnosis,
    artifacts: [],
    problems: [],
    at: 0,
  };
}

function caseOf(bundle: Bundle): Case {
  const { diagnosis } = bundle;
  return {
    id: "case-1",
    target: bundle.target,
    origin: bundle.origin,
    flavor: bundle.flavor,
    state: "triaged",
    classification: diagnosis.classification,
    confidence: diagnosis.confidence,
    phase: diagnosis.phase,
    cause: diagnosis.cause?.text ?? "",
    signature: diagnosis.signature.id,
    bundleId: bundle.id,
    bundles: 1,
    decision: null,
    attempts: 0,
    builds: 0,
    tokens: 0,
    diffSha256: null,
    proofId: null,
    handOver: null,
    openedAt: 0,
    updatedAt: 0,
  };
}
