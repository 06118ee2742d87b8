import { onTestFinished } from "vitest";
import { createOpenAiProvider, type OpenAiOptions } from "../../../../server/src/agent/model/openai.ts";
import type { CompletionRequest, Message, ModelProvider } from "../../../../server/src/agent/model/types.ts";
import { type ModelServer, type Script, startModelServer } from "../../../fixtures/model-server/server.ts";

export const KEY = "sk-canary-0123456789abcdef";

export interface Endpoint {
  server: ModelServer;
  provider: ModelProvider;
  /** What the provider slept, in ms; no time passes. */
  sleeps: number[];
}

/** A provider in front of a scripted endpoint, which is closed when the test ends. */
export async function endpoint(script: Script, options: Partial<OpenAiOptions> = {}): Promise<Endpoint> {
  const server = await startModelServer(script);
  onTestFinished(() => server.close());
  const sleeps: number[] = [];
  let ids = 0;
  const provider = createOpenAiProvider({
    baseURL: server.url,
    apiKey: () => KEY,
    model: "scripted",
    maxOutputTokens: 1000,
    now: () => 0,
    sleep: async (ms, signal) => {
      sleeps.push(ms);
      signal.throwIfAborted();
    },
    random: () => 0.5,
    newId: () => `own-${++ids}`,
    ...options,
  });
  return { server, provider, sleeps };
}

export const user = (content: string): Message => ({ role: "user", content });

export function request(
  messages: readonly Message[] = [user("hello")],
  rest: Partial<CompletionRequest> = {},
): CompletionRequest {
  return { messages, tools: [], maxOutputTokens: 1000, signal: new AbortController().signal, ...rest };
}

export const assistant = (rest: Partial<Extract<Message, { role: "assistant" }>>): Message => ({
  role: "assistant",
  content: "",
  reasoning: "",
  calls: [],
  ...rest,
});
