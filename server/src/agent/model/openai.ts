import OpenAI from "openai";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { RequestForm } from "../../protocol/index.ts";
import { type AskingOptions, createProvider, defaultIdleMs } from "./asking.ts";
import { createBreaker } from "./breaker.ts";
import { fetchWithErrorBody } from "./errorBody.ts";
import { judge, modelError } from "./failure.ts";
import { type CapabilityProfile, learn, profileFor } from "./profile.ts";
import type { ModelProvider } from "./types.ts";

export interface OpenAiOptions extends AskingOptions {
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
}

/**
 * A model behind an OpenAI-compatible Chat Completions endpoint. One instance serves any number of conversations
 * at once and remembers what the endpoint refused, so it is made once and shared.
 */
export function createOpenAiProvider(options: OpenAiOptions): ModelProvider {
  const { baseURL, apiKey, model, now } = options;
  const client = new OpenAI({
    baseURL,
    apiKey: async () => apiKey() || "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: "off",
    timeout: options.idleMs ?? defaultIdleMs,
    fetch: fetchWithErrorBody,
  });
  let profile: CapabilityProfile = { ...profileFor(baseURL, model), ...options.profile };

  /** Reasoning goes back in the field it came in, where nothing else is known. */
  function formOf({ reasoningField, ...rest }: CapabilityProfile, cameIn: string | null): RequestForm {
    const { maxOutputTokens, contextTokens } = options;
    return {
      ...{ model, maxOutputTokens, ...(contextTokens !== undefined && { contextTokens }) },
      ...{ ...rest, reasoningField: reasoningField ?? cameIn },
    };
  }

  return createProvider(
    {
      name: options.name ?? new URL(baseURL).hostname,
      model,
      approach(cameIn) {
        const used = profile;
        return {
          form: formOf(used, cameIn),
          send: (body, signal) =>
            client.chat.completions.create(body as unknown as ChatCompletionCreateParamsStreaming, {
              signal,
            }),
          relearn(sent, complaint) {
            const learnt = learn(used, sent, complaint);
            // Another conversation may have learnt it meanwhile.
            if (learnt !== null) profile = learnt;
            return learnt !== null;
          },
        };
      },
      judge: (error) => judge(error, apiKey(), now()),
      explain: (failure, tries) => modelError(failure, model, tries),
      adopt({ tokenLimit, reasoning, streamUsage, extras }) {
        profile = { ...profile, tokenLimit, reasoning, streamUsage, extras };
      },
      secret: apiKey,
    },
    { ...options, breaker: options.breaker ?? createBreaker(new URL(baseURL).host, now) },
  );
}
