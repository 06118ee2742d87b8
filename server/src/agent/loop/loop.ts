import type { Brief } from "../briefing/brief.ts";
import type { Standing } from "../model/failover.ts";
import type { ModelProvider } from "../model/types.ts";
import { NotResumable } from "../replay/notResumable.ts";
import { type Script, scriptOf } from "../replay/script.ts";
import { notFixed } from "../tools/finish.ts";
import { keepEvidence } from "../tools/keep.ts";
import { newAttemptState } from "../tools/state.ts";
import { sha256 } from "../tools/text.ts";
import { executeCall, presentable, toolSchemas } from "../tools/toolbox.ts";
import type { DistillLog, FaultsIn, QueryPort, ToolContext } from "../tools/types.ts";
import type { Agent, AttemptReport, AttemptRequest } from "../types.ts";
import { type BudgetLedger, createBudgetLedger } from "./budget.ts";
import { createWallClock, type WallClock } from "./clock.ts";
import { withConsent } from "./consent.ts";
import { converse, type Outside } from "./conversation.ts";
import { type Ending, endingOf } from "./ending.ts";
import { handOver } from "./handOver.ts";
import { operatorRule } from "./operator.ts";
import { bringBack, recorded } from "./resume.ts";
import { createSparing } from "./sparing.ts";
import type { Opening } from "./trace.ts";

export interface LoopAgentOptions {
  /** The provider's name and model, as sessions show them. */
  name: string;
  model: string;
  /** Makes the source of answers of one attempt, or of what is left of one. */
  provider: (request: AttemptRequest, standing?: Standing) => ModelProvider | Promise<ModelProvider>;
  /** Prompt texts by name, as the policy folder has them; `system` opens each conversation. */
  prompts: { readonly system: string; readonly [name: string]: string };
  /** Makes the first message; a rule book, which reads none, has no need of it. */
  brief?: Brief;
  distill: DistillLog;
  queryPort: QueryPort;
  /** Looks at each file that a model edits. */
  faultsIn?: FaultsIn;
  /** Takes secrets out of what goes to a model. */
  redact: (text: string) => string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** A fresh, unguessable word; fences of untrusted text carry it. */
  newId: () => string;
  /** Longest that one build may take; default three hours. */
  buildTimeoutMs?: number;
}

/**
 * An agent that holds one append-only conversation an attempt: system prompt and tools never change, and each call
 * sends what the call before sent plus the new messages. Failures of model, tools or budget end the attempt with a
 * report; only a bug or a failing `onTurn` is thrown.
 */
export function createLoopAgent(options: LoopAgentOptions): Agent {
  return {
    provider: options.name,
    model: options.model,
    attempt: (request) => runAttempt(options, request),
  };
}

async function runAttempt(options: LoopAgentOptions, given: AttemptRequest): Promise<AttemptReport> {
  const { resume } = given;
  const usedMs = resume?.record.turns.at(-1)?.trace?.elapsedMs;
  using clock = createWallClock(given.budget.wallMs, options.now, usedMs);
  const signal = AbortSignal.any([given.signal, clock.signal]);
  const script = resume && (await scriptOf(resume.record));
  const environment =
    resume === undefined
      ? given.environment
      : await clock.standStill(() => bringBack(toolContext(options, given, signal), resume, options.redact));
  const request = { ...given, environment };
  const context = toolContext(options, request, signal);
  const ledger = createBudgetLedger(request.budget, {
    own: { provider: options.name, model: options.model },
    prices: request.prices ?? [],
  });
  const ending = await opened(options, request, { context, ledger, clock, script }).catch((error: unknown) =>
    endingOf(error, request.signal, clock.signal),
  );
  return report(request, context, ending, ledger);
}

function toolContext(options: LoopAgentOptions, request: AttemptRequest, signal: AbortSignal): ToolContext {
  const context: ToolContext = {
    origin: request.bundle.origin,
    flavor: request.bundle.flavor,
    bundle: request.bundle,
    environment: request.environment,
    builder: request.builder,
    blobs: request.blobs,
    distill: options.distill,
    queryPort: options.queryPort,
    faultsIn: options.faultsIn,
    buildLimit: request.budget.builds,
    buildTimeoutMs: options.buildTimeoutMs ?? 3 * 60 * 60_000,
    failedDiffs: failedDiffs(request),
    signal,
    onPhase: request.onPhase,
    live: request.live,
    state: newAttemptState(),
  };
  keepEvidence(context);
  return context;
}

/** Changes of earlier attempts that were built and left this failure as it was; to change nothing is none of them. */
function failedDiffs({ ledger, subject }: AttemptRequest): Map<string, string> {
  const nothing = sha256("");
  return new Map(
    ledger.flatMap(({ attempt, failed }) =>
      failed
        .filter(({ diffSha256, signature }) => signature === subject.signature && diffSha256 !== nothing)
        .map(({ diffSha256, words }) => [
          diffSha256,
          `attempt ${attempt} built just this change, and it failed as before (${words})`,
        ]),
    ),
  );
}

interface Parts {
  context: ToolContext;
  ledger: BudgetLedger;
  clock: WallClock;
  /** Of an attempt that goes on. */
  script: Script | undefined;
}

async function opened(
  options: LoopAgentOptions,
  request: AttemptRequest,
  { context, ledger, clock, script }: Parts,
): Promise<Ending> {
  const { attemptId, live, operator, consent, blobs, onTurn } = request;
  const { state, signal, environment } = context;
  const present = (text: string) => presentable(text, environment, options.redact);
  const executing = withConsent((call) => executeCall(call, context, options.redact), {
    ...{ consent, clock, present },
  });
  // A rule book reads each answer by itself.
  const sparing = options.brief && createSparing(executing);
  let provider: ModelProvider | undefined;
  let { lost } = request;
  const now: Outside = {
    ...{ clock, live, operator, onTurn },
    provider: {
      async complete(asked) {
        provider ??= await options.provider(request, played?.standing());
        return provider.complete(asked);
      },
    },
    execute: sparing?.execute ?? executing,
    lost() {
      const told = lost;
      lost = undefined;
      return told;
    },
    onAnswer(turn) {
      sparing?.begin();
      request.onAnswer(turn, ledger);
    },
  };
  const played = script && (await recorded(script, state, now));
  const ending = await converse({
    ...{ attemptId, ledger, present, state, signal, now: options.now },
    outside: played ?? now,
    opening: script?.opening ?? (await openingOf(options, request, present)),
    keep: (text) => blobs.put(Buffer.from(text)),
  });
  if (played !== undefined && played.left() > 0)
    throw new NotResumable("this server would have ended it before its last turn");
  return ending;
}

async function openingOf(
  options: LoopAgentOptions,
  request: AttemptRequest,
  present: (text: string) => string,
): Promise<Opening> {
  const nonce = options.newId();
  const context = await firstMessage(options, request, nonce, present);
  return { system: options.prompts.system, context, tools: toolSchemas, nonce };
}

/** Recorded before it is sent, so that what a call that fails was told is known too. */
async function firstMessage(
  { brief }: LoopAgentOptions,
  request: AttemptRequest,
  nonce: string,
  present: (text: string) => string,
): Promise<string> {
  if (brief === undefined) return operatorRule(nonce);
  const { text, briefing } = await brief(request, nonce, present);
  request.onBriefing(briefing);
  return text;
}

async function report(
  request: AttemptRequest,
  context: ToolContext,
  ending: Ending,
  ledger: BudgetLedger,
): Promise<AttemptReport> {
  const { state } = context;
  // Work that builds is not lost to a budget that ended between the build and the closing call.
  const builds =
    state.builds.length > 0 && ending.outcome !== "stopped" && (await notFixed(context)) === null;
  const closed = ending.outcome === "budget" || ending.outcome === "stalled" || ending.outcome === "error";
  const outcome = builds && closed ? "fixed" : ending.outcome;
  return {
    outcome,
    summary: outcome === "fixed" && !closed ? ending.words : handOver(ending.words, state),
    diff: builds ? await request.environment.diff() : "",
    turns: ledger.turns,
    builds: state.builds.length,
    usage: ledger.usage,
    ...(ledger.lostBy.length > 0 && { lostBy: [...ledger.lostBy] }),
  };
}
