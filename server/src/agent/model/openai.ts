import OpenAI from "openai";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { ChunkTimes, RequestForm, Usage } from "../../protocol/index.ts";
import { type AccumulatedAnswer, createAccumulator } from "./accumulate.ts";
import { type Breaker, createBreaker, isTrouble } from "./breaker.ts";
import { createChunkTimes } from "./chunkTimes.ts";
import { ModelError } from "./error.ts";
import { fetchWithErrorBody } from "./errorBody.ts";
import { type Failure, judge, modelError } from "./failure.ts";
import { finishOf } from "./finish.ts";
import { type CapabilityProfile, learn, profileFor, type SentParts } from "./profile.ts";
import { type RenderedRequest, renderRequest } from "./request.ts";
import type { Completion, CompletionRequest, ModelProvider } from "./types.ts";
import { addUsage, estimatePrompt, normaliseUsage, noUsage } from "./usage.ts";

export interface OpenAiOptions {
  /** What sessions call it; default is the endpoint's host. */
  name?: string;
  baseURL: string;
  /** Asked before each call; "" for endpoints that want none. */
  apiKey: () => string;
  model: string;
  maxOutputTokens: number;
  /** The model's context; a prompt that leaves no room for an answer in it is not sent. */
  contextTokens?: number;
  /** Overrides what is known of the endpoint. */
  profile?: Partial<CapabilityProfile>;
  /** Tries of one call, the first included; default 5. */
  tries?: number;
  /** Longest silence between two chunks, and before the first; default 3 minutes. */
  idleMs?: number;
  /** Longest wait that an endpoint may ask for; default 10 minutes. */
  maxWaitMs?: number;
  /** Of the endpoint, shared by all that ask it; default one of its own. */
  breaker?: Breaker;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Rejects when the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** 0 (included) to 1. */
  random: () => number;
  newId: () => string;
}

const FIRST_BACKOFF_MS = 1000;
/** Forms of one request that are tried when the endpoint complains of fields. */
const FORMS = 4;

/** What one call to the endpoint gave. */
interface Attempted {
  answer: AccumulatedAnswer;
  /** We stopped reading because the answer ran over what it may cost. */
  cut: boolean;
  outputBytes: number;
  times: Omit<ChunkTimes, "tries">;
}

/** The stream fell silent for longer than it may. */
class SilenceError extends Error {}

/**
 * A model behind an OpenAI-compatible Chat Completions endpoint. One instance serves any number of conversations
 * at once and remembers what the endpoint refused, so it is made once and shared.
 */
export function createOpenAiProvider(options: OpenAiOptions): ModelProvider {
  const client = new OpenAI({
    baseURL: options.baseURL,
    apiKey: async () => options.apiKey() || "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: "off",
    timeout: options.idleMs ?? 180_000,
    fetch: fetchWithErrorBody,
  });
  const tries = options.tries ?? 5;
  const breaker = options.breaker ?? createBreaker(new URL(options.baseURL).host, options.now);
  let profile: CapabilityProfile = { ...profileFor(options.baseURL, options.model), ...options.profile };
  let cameIn: string | null = null;

  async function complete(request: CompletionRequest): Promise<Completion> {
    let spent = noUsage;
    let empties = 0;
    let forms = 1;
    for (let failed = 0; ; ) {
      request.signal.throwIfAborted();
      const used = profile;
      const form = formOf(used);
      const rendered = renderRequest(request, form);
      const accumulator = createAccumulator(options.newId, request.watch?.delta);
      const refusal = breaker.refusal();
      if (refusal !== null) throw new ModelError("unavailable", refusal);
      let outcome: Parameters<Breaker["tell"]>[0] = { type: "left" };
      let failure: Failure;
      try {
        const attempted = await call(request, rendered, accumulator);
        outcome = { type: "alive" };
        cameIn ??= attempted.answer.reasoningField;
        const usage = usageOf(attempted, request);
        const completion = completed(attempted, total(spent, usage), options.apiKey());
        if (completion !== null) {
          const empty = completion.text === "" && completion.calls.length === 0;
          const tries = failed + forms;
          if (!empty || empties > 0 || completion.finish === "length")
            return {
              ...completion,
              asked: { form, body: rendered.body, times: { tries, ...attempted.times } },
            };
          empties += 1;
        }
        spent = total(spent, usage);
        failure = { reason: "cut", text: "", retry: true, retryAfterMs: null, form: false };
      } catch (error) {
        request.signal.throwIfAborted();
        if (error instanceof ModelError) throw error;
        failure =
          error instanceof SilenceError
            ? { reason: "timeout", text: "", retry: true, retryAfterMs: null, form: false }
            : judge(error, options.apiKey(), options.now());
        const problem = failure.text || failure.reason;
        outcome = isTrouble(failure.reason) ? { type: "failed", problem } : { type: "alive" };
        if (accumulator.outputBytes > 0) spent = total(spent, estimated(request, accumulator.outputBytes));
      } finally {
        breaker.tell(outcome);
      }
      if (accumulator.outputBytes > 0) request.watch?.again();
      if (failure.form && forms < FORMS && relearn(used, rendered.sent, failure.text)) {
        forms += 1;
        continue;
      }
      failed += 1;
      const waitMs = failure.retryAfterMs ?? backoff(failed, options.random());
      if (!failure.retry || failed >= tries || waitMs > (options.maxWaitMs ?? 600_000)) {
        throw modelError(failure, options.model, failed);
      }
      await options.sleep(waitMs, request.signal);
    }
  }

  /** True when the request may be sent again in another form; another conversation may have learnt it meanwhile. */
  function relearn(used: CapabilityProfile, sent: SentParts, complaint: string): boolean {
    const learnt = learn(used, sent, complaint);
    if (learnt === null) return false;
    profile = learnt;
    return true;
  }

  /** Reasoning goes back in the field it came in, where nothing else is known. */
  function formOf({ reasoningField, ...rest }: CapabilityProfile): RequestForm {
    const { model, maxOutputTokens, contextTokens } = options;
    return {
      ...{ model, maxOutputTokens, ...(contextTokens !== undefined && { contextTokens }) },
      ...{ ...rest, reasoningField: reasoningField ?? cameIn },
    };
  }

  async function call(
    request: CompletionRequest,
    { body, limit }: RenderedRequest,
    accumulator: ReturnType<typeof createAccumulator>,
  ): Promise<Attempted> {
    // Text may be denser than our estimate, so a stream is cut only when it is clearly over, or over the budget.
    const cutBytes = 4 * Math.min(request.maxOutputTokens, limit * 1.25 + 64);
    const idle = new AbortController();
    const watch = () => setTimeout(() => idle.abort(), options.idleMs ?? 180_000);
    let timer = watch();
    let cut = false;
    const times = createChunkTimes(options.now);
    try {
      const signal = AbortSignal.any([request.signal, idle.signal]);
      const params = body as unknown as ChatCompletionCreateParamsStreaming;
      for await (const chunk of await client.chat.completions.create(params, { signal })) {
        times.came();
        clearTimeout(timer);
        timer = watch();
        accumulator.push(chunk);
        cut = accumulator.outputBytes > cutBytes;
        if (cut) break;
      }
    } catch (error) {
      if (idle.signal.aborted) throw new SilenceError("the stream fell silent", { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
    }
    request.signal.throwIfAborted();
    // The SDK ends a stream that we abort without an error.
    if (idle.signal.aborted) throw new SilenceError("the stream fell silent");
    const { outputBytes } = accumulator;
    return { answer: accumulator.answer(), cut, outputBytes, times: times.told() };
  }

  function adopt({ model, reasoningField, tokenLimit, reasoning, streamUsage, extras }: RequestForm): void {
    if (model !== options.model) return;
    profile = { ...profile, tokenLimit, reasoning, streamUsage, extras };
    cameIn ??= reasoningField;
  }

  const name = options.name ?? new URL(options.baseURL).hostname;
  return { name, model: options.model, complete, adopt };
}

/** null for a stream that ended before its answer did. */
function completed({ answer, cut }: Attempted, usage: Usage, key: string): Completion | null {
  const { text, reasoning, calls, extra } = answer;
  const finish = cut ? "length" : finishOf(answer, key);
  if (finish === null) return null;
  return { text, reasoning, calls, finish, usage, ...(extra !== undefined && { extra }) };
}

function usageOf({ answer, cut, outputBytes }: Attempted, request: CompletionRequest): Usage {
  const reported = cut ? null : normaliseUsage(answer.usage);
  return reported ?? estimated(request, outputBytes);
}

function estimated(request: CompletionRequest, outputBytes: number): Usage {
  return {
    ...noUsage,
    uncachedTokens: estimatePrompt(request.messages, request.tools),
    outputTokens: Math.ceil(outputBytes / 4),
    estimated: true,
  };
}

/** A sum over several tries says nothing exact of the last one's prompt, so it counts as an estimate. */
function total(spent: Usage, usage: Usage): Usage {
  return spent === noUsage ? usage : { ...addUsage(spent, usage), estimated: true };
}

function backoff(failed: number, random: number): number {
  return FIRST_BACKOFF_MS * 2 ** (failed - 1) * (0.5 + random);
}
