import type { ChatForm, ChunkTimes, RequestForm, Usage } from "../../protocol/index.ts";
import { type AccumulatedAnswer, createAccumulator, EXTRA_BYTES } from "./accumulate.ts";
import { type Breaker, createBreaker, isTrouble } from "./breaker.ts";
import { createChunkTimes } from "./chunkTimes.ts";
import { ModelError } from "./error.ts";
import type { Failure } from "./failure.ts";
import { finishOf } from "./finish.ts";
import type { SentParts } from "./profile.ts";
import { type RenderedRequest, renderRequest } from "./request.ts";
import type { Completion, CompletionRequest, ModelProvider } from "./types.ts";
import { addUsage, estimatePrompt, normaliseUsage, noUsage } from "./usage.ts";

/** Where a model is asked. Its answers are Chat Completions chunks, however they travel. */
export interface Endpoint {
  readonly name: string;
  readonly model: string;
  /**
   * How it is asked now; `reasoningField` is the one that reasoning came in so far. Throws ModelError when it cannot be asked.
   */
  approach(reasoningField: string | null, request: CompletionRequest): Approach | Promise<Approach>;
  judge(error: unknown): Failure;
  /** What the porter reads of a failure that no further try mends. */
  explain(failure: Failure, tries: number): ModelError;
  /** Stands in no text; "" when there is none. */
  secret(): string;
  /** Takes up what an earlier server had learnt of it. */
  adopt?(form: ChatForm): void;
}

interface Approach {
  form: RequestForm;
  /** Of who is asked this time, where that is not always the same. */
  breaker?: Breaker;
  send(body: RenderedRequest["body"], signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  /** Takes a complaint about the request's form to heart; true when it may be sent again in another one. */
  relearn(sent: SentParts, complaint: string): boolean;
}

export interface AskingOptions {
  /** Tries of one call, the first included; default 5. */
  tries?: number;
  /** Longest silence between two chunks, and before the first; default 3 minutes. */
  idleMs?: number;
  /** Longest time of one answer, however it trickles; default 30 minutes. */
  longestMs?: number;
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

export const defaultIdleMs = 180_000;
const defaultLongestMs = 30 * 60_000;
const FIRST_BACKOFF_MS = 1000;
/** Forms of one request that are tried when the endpoint complains of fields. */
const FORMS = 4;
/** Of the form of an answer's calls: no real one has so many. */
const FORM_BYTES = 16 * 1024;

/** What one call to the endpoint gave. */
interface Attempted {
  answer: AccumulatedAnswer;
  /** We stopped reading because the answer ran over what it may cost. */
  cut: boolean;
  outputBytes: number;
  times: Omit<ChunkTimes, "tries">;
}

/** The stream fell silent for longer than it may, or its answer takes too long: another try would take as long. */
class LateError extends Error {
  readonly retry: boolean;
  constructor(message: string, retry: boolean, cause: unknown) {
    super(message, { cause });
    this.retry = retry;
  }
}

/** Asks until there is a whole answer, or a failure that no further try mends. Serves any number of conversations at once. */
export function createProvider(endpoint: Endpoint, options: AskingOptions): ModelProvider {
  const tries = options.tries ?? 5;
  const usual = options.breaker ?? createBreaker(endpoint.name, options.now);
  let cameIn: string | null = null;

  async function complete(request: CompletionRequest): Promise<Completion> {
    const account = { spent: noUsage };
    try {
      return await answered(request, account);
    } catch (error) {
      if (account.spent !== noUsage) request.lost?.(account.spent);
      throw error;
    }
  }

  /** `account` holds what answers used that came to nothing. */
  async function answered(request: CompletionRequest, account: { spent: Usage }): Promise<Completion> {
    let empties = 0;
    let forms = 1;
    for (let failed = 0; ; ) {
      request.signal.throwIfAborted();
      const approach = await endpoint.approach(cameIn, request);
      const rendered = renderRequest(request, approach.form);
      const accumulator = createAccumulator(options.newId, request.watch?.delta);
      const { breaker = usual } = approach;
      const refusal = breaker.refusal();
      if (refusal !== null) throw new ModelError("unavailable", refusal);
      let outcome: Parameters<Breaker["tell"]>[0] = { type: "left" };
      let failure: Failure;
      try {
        const attempted = await call(approach, request, rendered, accumulator);
        outcome = { type: "alive" };
        cameIn ??= attempted.answer.reasoningField;
        const usage = usageOf(attempted, request);
        const completion = completed(attempted, total(account.spent, usage), endpoint.secret());
        if (completion !== null) {
          const empty = completion.text === "" && completion.calls.length === 0;
          const tries = failed + forms;
          if (!empty || empties > 0 || completion.finish === "length") {
            const asked = { form: approach.form, body: rendered.body, times: { tries, ...attempted.times } };
            return { ...completion, asked };
          }
          empties += 1;
        }
        account.spent = total(account.spent, usage);
        failure = broken("cut");
      } catch (error) {
        const { outputBytes } = accumulator;
        if (outputBytes > 0) account.spent = total(account.spent, estimated(request, outputBytes));
        request.signal.throwIfAborted();
        if (error instanceof ModelError) throw error;
        failure = error instanceof LateError ? broken("timeout", error.retry) : endpoint.judge(error);
        const problem = failure.text || failure.reason;
        outcome = isTrouble(failure.reason) ? { type: "failed", problem } : { type: "alive" };
      } finally {
        breaker.tell(outcome);
      }
      if (accumulator.outputBytes > 0) request.watch?.again();
      if (failure.form && forms < FORMS && approach.relearn(rendered.sent, failure.text)) {
        forms += 1;
        continue;
      }
      failed += 1;
      const waitMs = failure.retryAfterMs ?? backoff(failed, options.random());
      if (!failure.retry || failed >= tries || waitMs > (options.maxWaitMs ?? 600_000)) {
        throw endpoint.explain(failure, failed);
      }
      await options.sleep(waitMs, request.signal);
    }
  }

  async function call(
    approach: Approach,
    request: CompletionRequest,
    { body, limit }: RenderedRequest,
    accumulator: ReturnType<typeof createAccumulator>,
  ): Promise<Attempted> {
    // Text may be denser than our estimate, so a stream is cut only when it is clearly over, or over the budget.
    const cutBytes = 4 * Math.min(request.maxOutputTokens, limit * 1.25 + 64);
    const over = AbortSignal.timeout(options.longestMs ?? defaultLongestMs);
    const idle = new AbortController();
    const watch = () => setTimeout(() => idle.abort(), options.idleMs ?? defaultIdleMs);
    let timer = watch();
    let cut = false;
    const times = createChunkTimes(options.now);
    const late = (cause?: unknown): LateError | null => {
      if (idle.signal.aborted) return new LateError("the stream fell silent", true, cause);
      return over.aborted ? new LateError("the answer takes too long", false, cause) : null;
    };
    try {
      const signal = AbortSignal.any([request.signal, idle.signal, over]);
      for await (const chunk of await approach.send(body, signal)) {
        times.came();
        clearTimeout(timer);
        timer = watch();
        accumulator.push(chunk);
        const { outputBytes, formBytes, extraBytes } = accumulator;
        cut = outputBytes > cutBytes || formBytes > FORM_BYTES || extraBytes > EXTRA_BYTES;
        if (cut) break;
      }
    } catch (error) {
      throw late(error) ?? error;
    } finally {
      clearTimeout(timer);
    }
    request.signal.throwIfAborted();
    // The SDK ends a stream that we abort without an error.
    const why = late();
    if (why !== null) throw why;
    const { outputBytes } = accumulator;
    return { answer: accumulator.answer(), cut, outputBytes, times: times.told() };
  }

  function adopt(form: RequestForm): void {
    if ("api" in form || form.model !== endpoint.model) return;
    endpoint.adopt?.(form);
    cameIn ??= form.reasoningField;
  }

  return { name: endpoint.name, model: endpoint.model, complete, adopt };
}

const broken = (reason: "cut" | "timeout", retry = true): Failure => ({
  ...{ reason, text: "", retry, retryAfterMs: null, form: false },
});

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
