import type { Completion, Message, ModelProvider } from "../model/types.ts";
import { notFixed } from "../tools/finish.ts";
import { keepEvidence } from "../tools/keep.ts";
import { withNote } from "../tools/result.ts";
import { newAttemptState } from "../tools/state.ts";
import { presentable, toolSchemas } from "../tools/toolbox.ts";
import type { DistillLog, QueryPort, ToolContext } from "../tools/types.ts";
import type { Agent, AttemptReport, AttemptRequest } from "../types.ts";
import { createBudgetLedger } from "./budget.ts";
import { runCalls } from "./calls.ts";
import { createWallClock, type WallClock } from "./clock.ts";
import { assembleContext } from "./context.ts";
import { type Ending, endingOf } from "./ending.ts";
import { defaultGuardLimits, type GuardLimits } from "./guards.ts";
import { handOver } from "./handOver.ts";
import { createJudge } from "./judge.ts";
import { hear } from "./operator.ts";

export interface LoopAgentOptions {
  /** The provider's name and model, as sessions show them. */
  name: string;
  model: string;
  /** Makes the source of answers of one attempt. */
  provider: (request: AttemptRequest) => ModelProvider | Promise<ModelProvider>;
  /** Prompt texts by name, as the policy folder has them; `system` opens each conversation. */
  prompts: { readonly system: string; readonly [name: string]: string };
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

const NUDGE =
  "Nothing was done: answer with tool calls. When the port is repaired or cannot be, say so by calling finish.";

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
  const ending = await converse(options, request, context, ledger, clock).catch((error: unknown) =>
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

async function converse(
  options: LoopAgentOptions,
  request: AttemptRequest,
  context: ToolContext,
  ledger: ReturnType<typeof createBudgetLedger>,
  clock: WallClock,
): Promise<Ending> {
  const { operator, live } = request;
  const provider: ModelProvider = await options.provider(request);
  const judge = createJudge(options.guards ?? defaultGuardLimits, context.state);
  const present = (text: string) => presentable(text, context.environment, options.redact);
  const nonce = options.newId();
  const messages: Message[] = [
    { role: "system", content: options.prompts.system },
    { role: "user", content: present(await assembleContext(request, nonce)) },
  ];
  let atEdge = true;

  for (let number = 1; ; number += 1) {
    await untilLet(request, clock);
    context.signal.throwIfAborted();
    hear(messages, operator.words(atEdge).map(present), nonce);
    atEdge = false;
    const room = ledger.before(messages, toolSchemas, clock.elapsed());
    if (typeof room === "string") return { outcome: "budget", words: `The budget ended it: ${room}.` };
    const at = options.now();
    live.turn(number);
    const completion = await provider.complete({
      messages,
      tools: toolSchemas,
      maxOutputTokens: room,
      signal: context.signal,
      watch: live,
    });
    operator.told(number);
    ledger.after(completion, messages, toolSchemas);
    const calls = await runCalls(completion, context, judge.guards, options);
    const warning = ledger.warning(clock.elapsed());
    const last = calls.at(-1);
    if (last !== undefined && warning !== "") last.result = withNote(last.result, warning);
    const { text, reasoning, usage } = completion;
    const durationMs = Math.max(0, options.now() - at);
    request.onTurn({ attemptId: request.attemptId, number, text, reasoning, calls, usage, durationMs, at });
    messages.push(assistantMessage(completion));
    for (const { id, result } of calls) messages.push({ role: "tool", callId: id, content: result });

    const ending = judge.endOf(completion);
    if (ending === null) {
      if (calls.length === 0)
        messages.push({ role: "user", content: warning === "" ? NUDGE : `${NUDGE} ${warning}` });
    } else if (ending.final || operator.words(true).length === 0) return ending;
    else {
      // Told before the attempt is given up, the porter's word may yet turn it.
      atEdge = true;
      judge.anew();
    }
  }
}

/** Waits while a person holds the attempt, which costs it no time. */
async function untilLet({ operator, live }: AttemptRequest, clock: WallClock): Promise<void> {
  if (!operator.held()) return;
  live.paused(true);
  await clock.standStill(() => operator.goAhead());
  live.paused(false);
}

function assistantMessage(completion: Completion): Message {
  const empty = completion.text === "" && completion.calls.length === 0;
  return {
    role: "assistant",
    // Endpoints refuse an assistant message that holds nothing.
    content: empty ? "(no answer)" : completion.text,
    reasoning: completion.reasoning,
    calls: completion.calls,
    ...(completion.extra !== undefined && { extra: completion.extra }),
  };
}

async function report(
  request: AttemptRequest,
  context: ToolContext,
  ending: Ending,
  ledger: ReturnType<typeof createBudgetLedger>,
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
