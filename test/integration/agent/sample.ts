import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { briefBy } from "../../../server/src/agent/briefing/brief.ts";
import { LiveFeed } from "../../../server/src/agent/live/feed.ts";
import type { Consent } from "../../../server/src/agent/loop/consent.ts";
import { createLoopAgent, type LoopAgentOptions } from "../../../server/src/agent/loop/loop.ts";
import type { Operator } from "../../../server/src/agent/loop/operator.ts";
import { createOpenAiProvider } from "../../../server/src/agent/model/openai.ts";
import type { RecordedAttempt } from "../../../server/src/agent/replay/types.ts";
import { keepEvidence } from "../../../server/src/agent/tools/keep.ts";
import { type ParsedResult, parseResult } from "../../../server/src/agent/tools/result.ts";
import { newAttemptState } from "../../../server/src/agent/tools/state.ts";
import { executeCall } from "../../../server/src/agent/tools/toolbox.ts";
import type { ToolContext } from "../../../server/src/agent/tools/types.ts";
import type { AttemptReport, AttemptRequest } from "../../../server/src/agent/types.ts";
import { createQueryPort } from "../../../server/src/builders/make.ts";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import { ServerConfig } from "../../../server/src/config/config.ts";
import { createEnvironmentManager } from "../../../server/src/environments/manager.ts";
import type { Environment } from "../../../server/src/environments/types.ts";
import { distill } from "../../../server/src/evidence/distill/distill.ts";
import { redact } from "../../../server/src/evidence/redact.ts";
import { faultsIn } from "../../../server/src/language/editChecks.ts";
import { loadPolicy } from "../../../server/src/policy/load.ts";
import type { Attempt, Briefing, Bundle, Case, Turn } from "../../../server/src/protocol/index.ts";
import { openBlobs } from "../../../server/src/store/blobs.ts";
import type { BlobStore } from "../../../server/src/store/types.ts";
import { type ModelServer, type Script, startModelServer } from "../../fixtures/model-server/server.ts";
import { createSampleTrees, type SampleTrees } from "../../fixtures/ports/trees.ts";

const TIMEOUT_MS = 300_000;

/** Tools of one attempt in a fresh environment of the sample trees. */
export interface Bench {
  context: ToolContext;
  /** Runs a tool as the loop does and reads its answer back; `spill` names the blob of a result too large to show. */
  call(name: string, args?: unknown): Promise<ParsedResult & { spill: string | null; content: string }>;
}

interface Attempted {
  report: AttemptReport;
  turns: Turn[];
  briefings: Briefing[];
  server: ModelServer;
  /** What is kept of it. */
  record: RecordedAttempt;
}

export interface Sample {
  blobs: BlobStore;
  environment(): Promise<Environment>;
  bundle(origin: string): Promise<Bundle>;
  bench(origin: string, buildLimit?: number): Promise<Bench>;
  /** One attempt of a scripted model over HTTP. */
  attempt(
    origin: string,
    script: Script,
    change?: {
      request?: Partial<AttemptRequest>;
      options?: Partial<LoopAgentOptions>;
      maxOutputTokens?: number;
    },
  ): Promise<Attempted>;
  remove(): Promise<void>;
}

/** `add` puts more ports into the trees. */
export async function createSample(
  kind: "auto" | "plain" = "auto",
  add?: (trees: SampleTrees) => Promise<void>,
): Promise<Sample> {
  const root = await mkdtemp(join(tmpdir(), "portwright-agent-"));
  const trees = await createSampleTrees(join(root, "trees"));
  await add?.(trees);
  const config = ServerConfig.parse({
    trees: { freebsdPorts: trees.freebsdPorts, deltaPorts: trees.deltaPorts, distfiles: trees.distfiles },
    environment: { kind },
  });
  let ids = 0;
  const newId = () => `${++ids}`;
  const manager = await createEnvironmentManager({
    config,
    stateDir: join(root, "state"),
    now: Date.now,
    newId,
  });
  const feed = new LiveFeed({ redact, now: Date.now });
  const builder = createBuilder("bsd-make", config.builder);
  const blobs = openBlobs(join(root, "blobs"));
  const queryPort = createQueryPort(config.builder);
  const policy = loadPolicy(join(import.meta.dirname, "../../../policy"));
  const servers: ModelServer[] = [];
  const bundles = new Map<string, Bundle>();

  const environment = () => manager.create({ name: `agent-${newId()}`, target: "@2026Q3" });

  async function bundle(origin: string): Promise<Bundle> {
    const known = bundles.get(origin);
    if (known !== undefined) return known;
    const place = await environment();
    await place.compose(origin);
    const result = await builder.build({ environment: place, origin, flavor: "", timeoutMs: TIMEOUT_MS });
    const diagnosis = await distill(createReadStream(result.logPath), {
      ...(result.failedPhase !== null && { builderPhase: result.failedPhase }),
    });
    const log = await blobs.putFile(result.logPath);
    await place.destroy();
    const made: Bundle = {
      id: `bundle-${newId()}`,
      runId: "run-1",
      target: "@2026Q3",
      origin,
      flavor: "",
      pkgname: "",
      diagnosis,
      artifacts: [{ name: "logs/full.log", ...log }],
      problems: [],
      at: 0,
    };
    bundles.set(origin, made);
    return made;
  }

  return {
    blobs,
    environment,
    bundle,
    async bench(origin, buildLimit = 3) {
      const context: ToolContext = {
        origin,
        flavor: "",
        bundle: await bundle(origin),
        environment: await environment(),
        builder,
        blobs,
        distill,
        ...{ queryPort, faultsIn },
        buildLimit,
        failedDiffs: new Map(),
        buildTimeoutMs: TIMEOUT_MS,
        signal: new AbortController().signal,
        onPhase: () => {},
        live: feed.begin("case-1", "attempt-1"),
        state: newAttemptState(),
      };
      keepEvidence(context);
      return {
        context,
        async call(name, args = {}) {
          const request = {
            id: "c",
            name,
            arguments: typeof args === "string" ? args : JSON.stringify(args),
          };
          const { content, spill } = await executeCall(request, context, redact);
          return { ...parseResult(content), spill, content };
        },
      };
    },
    async attempt(origin, script, { request = {}, options = {}, maxOutputTokens = 4096 } = {}) {
      const server = await startModelServer(script);
      servers.push(server);
      const agent = createLoopAgent({
        name: "scripted",
        model: "scripted",
        provider: () =>
          createOpenAiProvider({
            baseURL: server.url,
            apiKey: () => "",
            model: "scripted",
            maxOutputTokens,
            tries: 1,
            now: Date.now,
            sleep: async () => {},
            random: () => 0.5,
            newId,
          }),
        prompts: { system: policy.prompts.system ?? "" },
        brief: briefBy(policy),
        distill,
        ...{ queryPort, faultsIn },
        redact,
        now: Date.now,
        newId: () => `nonce-${newId()}`,
        ...options,
      });
      const turns: Turn[] = [];
      const briefings: Briefing[] = [];
      const evidence = await bundle(origin);
      const place = await environment();
      const budget = { tokens: 200_000, turns: 30, builds: 5, wallMs: TIMEOUT_MS };
      const report = await agent.attempt({
        attemptId: "attempt-1",
        number: 1,
        subject: caseOf(evidence),
        bundle: evidence,
        tier: "AUTO",
        decision: { tier: "AUTO", proposedTier: "AUTO", rules: [], reason: "test", recipes: [] },
        budget,
        environment: place,
        builder,
        blobs,
        context: [],
        ledger: [],
        ...{ siblings: [], kin: [] },
        book: () => [],
        signal: new AbortController().signal,
        onBriefing: (told) => briefings.push(told),
        onAnswer: () => {},
        onTurn: (turn) => turns.push(turn),
        onPhase: () => {},
        live: feed.begin("case-1", "attempt-1"),
        operator: silent,
        consent: notNeeded,
        ...request,
      });
      const read = async (sha256: string) => (await blobs.read(sha256)).data.toString("utf8");
      const attempt = attemptOf(report, { budget, ...request });
      return { report, turns, briefings, server, record: { attempt, turns, read } };
    },
    async remove() {
      for (const server of servers) await server.close();
      for (const info of await manager.list()) await manager.destroy(info.name);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Nobody who holds an attempt or speaks to it. */
export const silent: Operator = {
  held: () => false,
  goAhead: async () => {},
  words: () => [],
  told: () => {},
};

/** Nobody has to be asked. */
export const notNeeded: Consent = {
  isNeeded: () => false,
  answer: async () => ({ approved: true, text: "" }),
};

function attemptOf(
  { diff, ...report }: AttemptReport,
  { budget, prices }: Pick<AttemptRequest, "budget" | "prices">,
): Attempt {
  return {
    ...{ id: "attempt-1", caseId: "case-1", jobId: "job-1", number: 1, tier: "AUTO" },
    ...{ provider: "scripted", model: "scripted", ...report, budget },
    ...(prices && { prices: [...prices] }),
    ...{ diffSha256: null, startedAt: 0, endedAt: 0 },
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
