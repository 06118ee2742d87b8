import { APIConnectionError, APIError } from "openai";
import { ModelError, type ModelErrorReason } from "./error.ts";

/** A failed call, judged: what it means, whether another try may mend it and after how long at least. */
export interface Failure {
  reason: ModelErrorReason;
  /** The endpoint's own words, bounded and without the key. */
  text: string;
  retry: boolean;
  /** What the endpoint asks us to wait, in ms; null when it does not say. */
  retryAfterMs: number | null;
  /** A 4xx about the request's form, from which a profile may learn. */
  form: boolean;
}

const TEXT_LENGTH = 600;

/** How endpoints word a prompt that does not fit. */
const OVERFLOW = [
  /context[_ ](length|window)[_ ]exceeded|exceed_context_size|model_context_window_exceeded/i,
  /maximum (context|prompt|input) (length|size)|max(imum)? (model )?(len|length) (of|is)/i,
  /(prompt|input|request|context)( \w+){0,3} (is |are )?too (long|large|big)/i,
  /exceed\w*( \S+){0,6} (context|maximum number of tokens|token limit|input limit)/i,
  /(context|token)s?( \S+){0,3} (limit|window|size)( \S+){0,4} exceeded/i,
  /reduce the (length|size) of|too many (input |prompt )?tokens/i,
  /input (token count|length)( \S+){0,12} exceed/i,
  /(larger|longer|greater) than the (\S+ ){0,2}(context|model length)/i,
  /too large for model|exceed\w* (the |model |available )*(token |input |context )?(limit|window|size)/i,
  /tokens \+ .max_new_tokens. must be/i,
];
const QUOTA =
  /insufficient_quota|exceeded your current quota|billing|credit balance|insufficient (balance|credits|funds)|payment required/i;

export function judge(error: unknown, key: string, now: number): Failure {
  const text = scrub(wordsOf(error), key).slice(0, TEXT_LENGTH);
  const known = (
    reason: ModelErrorReason,
    retry = false,
    retryAfterMs: number | null = null,
    form = false,
  ) => ({
    reason,
    text,
    retry,
    retryAfterMs,
    form,
  });
  if (error instanceof APIConnectionError) return known("unavailable", true);
  if (!(error instanceof APIError)) return known("cut", true);
  const status = error.status ?? bodyStatus(error.error);
  // Cerebras has no words for it; who refuses a request for its form names the fault.
  const isMute = status === 400 && (error.error === undefined || error.error === "");
  if (status === 413 || isMute || isOverflow(text)) return known("overflow");
  if (status === 402 || QUOTA.test(text)) return known("quota");
  if (status === 401 || status === 403) return known("auth");
  if (status === 404) return known("not-found");
  const retryAfterMs = retryAfter(error.headers, now);
  if (status === 429) return known("rate-limited", true, retryAfterMs);
  if (status === undefined || status === 408 || status === 409 || status >= 500) {
    return known("unavailable", true, retryAfterMs);
  }
  return known("bad-request", false, null, true);
}

export const isOverflow = (text: string): boolean => OVERFLOW.some((pattern) => pattern.test(text));

/** What the porter reads; it says what to do, as far as we can know. */
export function modelError(failure: Failure, model: string, tries: number): ModelError {
  const remedy: Partial<Record<ModelErrorReason, string>> = {
    auth: "The endpoint refused the key: check the variable that `keyVariable` names.",
    quota: "The account has no quota left.",
    "not-found": `The endpoint knows no model ${model}, or the base URL is wrong.`,
    "rate-limited": `Still over the rate limit after ${tries} tries.`,
    overflow: `The conversation no longer fits the context of ${model}.`,
    "bad-request": "The endpoint refused the request.",
    unavailable: `The endpoint did not answer after ${tries} tries.`,
    cut: `The answer broke off ${tries} times.`,
    timeout: failure.retry
      ? `The endpoint fell silent ${tries} times.`
      : "The endpoint took longer over one answer than it may.",
  };
  const words = failure.text === "" ? "" : ` It said: ${failure.text}`;
  const message = `${remedy[failure.reason] ?? "The model call failed."}${words}`;
  return new ModelError(failure.reason, message, failure.text === "" ? undefined : new Error(failure.text));
}

export function scrub(text: string, key: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return key === "" ? plain : plain.replaceAll(key, "[key]");
}

/** The most telling words of an error body; OpenRouter keeps the provider's own error in `metadata.raw`. */
function wordsOf(error: unknown): string {
  if (!(error instanceof APIError)) return causes(error);
  const body: unknown = error.error;
  if (typeof body === "string" && body !== "") return body;
  const parts: string[] = [];
  if (typeof body === "object" && body !== null) {
    const { message, metadata, detail, code, type } = body as Record<string, unknown>;
    if (typeof message === "string") parts.push(message);
    const raw = (metadata as { raw?: unknown } | undefined)?.raw;
    if (raw !== undefined) parts.push(typeof raw === "string" ? raw : JSON.stringify(raw));
    if (detail !== undefined) parts.push(typeof detail === "string" ? detail : JSON.stringify(detail));
    for (const word of [code, type]) if (typeof word === "string") parts.push(`(${word})`);
    if (parts.length === 0) parts.push(JSON.stringify(body));
  }
  return parts.length === 0 ? causes(error) : parts.join(" ");
}

/** `fetch` says only "fetch failed"; the reason stands in its cause. */
function causes(error: unknown): string {
  const words: string[] = [];
  for (let at: unknown = error; at instanceof Error && words.length < 4; at = at.cause)
    words.push(at.message);
  return words.join(": ");
}

function bodyStatus(body: unknown): number | undefined {
  const code = (body as { code?: unknown; status?: unknown } | null | undefined)?.code;
  const status = typeof code === "string" ? Number(code) : code;
  return typeof status === "number" && status >= 400 && status < 600 ? status : undefined;
}

function retryAfter(headers: Headers | undefined, now: number): number | null {
  const exact = headers?.get("retry-after-ms") ?? "";
  if (/^\d+(\.\d+)?$/.test(exact)) return Number(exact);
  const value = headers?.get("retry-after") ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
