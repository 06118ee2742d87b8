import type { Usage } from "../../protocol/index.ts";
import type { Message, ToolSchema } from "./types.ts";

const BYTES_PER_TOKEN = 4;

export const noUsage: Usage = {
  uncachedTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/** What went in and what came out, however it was priced. */
export function totalTokens({ uncachedTokens, cachedTokens, outputTokens }: Usage): number {
  return uncachedTokens + cachedTokens + outputTokens;
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    uncachedTokens: a.uncachedTokens + b.uncachedTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    estimated: a.estimated || b.estimated,
  };
}

export function subtractUsage(a: Usage, b: Usage): Usage {
  return {
    uncachedTokens: a.uncachedTokens - b.uncachedTokens,
    cachedTokens: a.cachedTokens - b.cachedTokens,
    outputTokens: a.outputTokens - b.outputTokens,
    reasoningTokens: a.reasoningTokens - b.reasoningTokens,
    estimated: a.estimated,
  };
}

/** Tokens of a text when no one counted them. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Estimated prompt tokens of messages, and of the tool list when given. */
export function estimatePrompt(messages: readonly Message[], tools: readonly ToolSchema[] = []): number {
  let tokens = tools.length === 0 ? 0 : estimateTokens(JSON.stringify(tools));
  for (const message of messages) {
    tokens += 4 + estimateTokens(message.content);
    if (message.role !== "assistant") continue;
    tokens += estimateTokens(message.reasoning);
    for (const call of message.calls) tokens += 8 + estimateTokens(call.name + call.arguments);
  }
  return tokens;
}

/**
 * One shape for what endpoints report: OpenAI's, DeepSeek's `prompt_cache_hit_tokens`, Moonshot's `cached_tokens`,
 * and the `input_tokens` family, where cached tokens are not part of the prompt's count. null when nothing usable.
 * Completion tokens already include reasoning.
 */
export function normaliseUsage(reported: unknown): Usage | null {
  if (typeof reported !== "object" || reported === null) return null;
  const usage = reported as Record<string, unknown>;
  const output = count(usage.completion_tokens) ?? count(usage.output_tokens);
  const prompt = count(usage.prompt_tokens);
  const input = count(usage.input_tokens);
  if (output === null || (prompt === null && input === null)) return null;
  const cached =
    count(field(usage.prompt_tokens_details, "cached_tokens")) ??
    count(usage.prompt_cache_hit_tokens) ??
    count(usage.cached_tokens) ??
    count(usage.cache_read_input_tokens) ??
    count(field(usage.input_tokens_details, "cached_tokens")) ??
    0;
  const reasoning = count(field(usage.completion_tokens_details, "reasoning_tokens")) ?? 0;
  const uncached =
    prompt === null
      ? (input ?? 0) + (count(usage.cache_creation_input_tokens) ?? 0)
      : Math.max(0, prompt - cached);
  return {
    uncachedTokens: uncached,
    cachedTokens: prompt === null ? cached : Math.min(cached, prompt),
    outputTokens: output,
    reasoningTokens: Math.min(reasoning, output),
    estimated: false,
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}
