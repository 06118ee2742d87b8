import type { Brief } from "../briefing/brief.ts";
import type { ModelProvider } from "../model/types.ts";
import { notFixed } from "../tools/finish.ts";
import { keepEvidence } from "../tools/keep.ts";
import { newAttemptState } from "../tools/state.ts";
import { executeCall, presentable } from "../tools/toolbox.ts";
import type { DistillLog, QueryPort, ToolContext } from "../tools/types.ts";
import type { Agent, AttemptReport, AttemptRequest } from "../types.ts";
import { type BudgetLedger, createBudgetLedger } from "./budget.ts";
import { createWallClock, type WallClock } from "./clock.ts";
import { converse } from "./conversation.ts";
import { type Ending, endingOf } from "./ending.ts";
import { defaultGuardLimits, type GuardLimits } from "./guards.ts";
import { handOver } from "./handOver.ts";
import { operatorRule } from "./operator.ts";

export interface LoopAgentOptions {
  /** The provider's name and model, as sessions show them. */
  name: string;
  model: string;
  /** Makes the source of answers of one attempt. */
  provider: (request: AttemptRequest) => ModelProvider | Promise<ModelProvider>;
  /** Prompt texts by name, as the policy folder has them; `system` opens each conversation. */
  prompts: { readonly system: string; readonly [name: string]: string };
  /** Makes the first message; a rule book, which reads none, has no need of it. */
  brief?: Brief;
  distill: DistillLog;
  queryPort: QueryPort;
  /** Takes secrets out of what goes to a model. */
  redact: (text: string) => string;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** A fresh, unguessable word; fences of untrusted text carry it. */
  newId: () => string;
  /** Longest that one build may take; default three hours. */
  buildTimeoutMs?: number;
  guards?: GuardLimits;
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

async function runAttempt(options: LoopAgentOptions, request: AttemptRequest): Promise<AttemptReport> {
  using clock = createWallClock(request.budget.wallMs, options.now);
  const context = toolContext(options, request, AbortSignal.any([request.signal, clock.signal]));
  const ledger = createBudgetLedger(request.budget);
  const ending = await opened(options, request, context, ledger, clock).catch((error: unknown) =>
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
    buildLimit: request.budget.builds,
    buildTimeoutMs: options.buildTimeoutMs ?? 3 * 60 * 60_000,
    signal,
    onPhase: request.onPhase,
    live: request.live,
    state: newAttemptState(),
  };
  keepEvidence(context);
  return context;
}

async function opened(
  options: LoopAgentOptions,
  request: AttemptRequest,
  context: ToolContext,
  ledger: BudgetLedger,
  clock: WallClock,
): Promise<Ending> {
  const { attemptId, live, operator, blobs, onTurn } = request;
  const present = (text: string) => presentable(text, context.environment, options.redact);
  const provider = await options.provider(request);
  const nonce = options.newId();
  return converse({
    ...{ attemptId, live, operator, onTurn, provider, ledger, clock, present },
    ...{ state: context.state, signal: context.signal, now: options.now },
    opening: {
      system: options.prompts.system,
      context: await firstMessage(options, request, nonce, present),
      nonce,
    },
    guards: options.guards ?? defaultGuardLimits,
    execute: (call) => executeCall(call, context, options.redact),
    keep: (text) => blobs.put(Buffer.from(text)),
  });
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
  };
}
