import type { ModelConfig, ServerConfig } from "../../config/config.ts";
import type { EndpointHealth } from "../../protocol/index.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { configuredModels, failoverOf, type ModelKeys } from "./configured.ts";
import { createFailover, type Standing } from "./failover.ts";
import { createOpenAiProvider, type OpenAiOptions } from "./openai.ts";
import type { ModelProvider } from "./types.ts";

/** Every configured model, for whatever is asked of it: diagnosis and repair share retries, stand-ins and breakers. */
export interface ModelPool {
  /** In the order of the configuration, those with a role first. */
  readonly names: readonly string[];
  /**
   * A conversation of its own with that model, and with those that stand in for it; it goes on from where it was left when
   * that is given. Throws for an unknown name.
   */
  conversation(name: string, standing?: Standing): ModelProvider;
  /** Whether all that could answer in a conversation with that model are left alone at this moment. */
  isDown(name: string): boolean;
  health(): EndpointHealth[];
}

interface PoolOptions extends Pick<OpenAiOptions, "now" | "sleep" | "random" | "newId"> {
  models: ServerConfig["models"];
  keys: ModelKeys;
  warn: (words: string) => void;
}

export function createModelPool(options: PoolOptions): ModelPool {
  const { models, warn, now } = options;
  const breakers = new Map<string, Breaker>();
  const breakerOf = (baseURL: string): Breaker => {
    const known = breakers.get(baseURL) ?? createBreaker(new URL(baseURL).host, now);
    breakers.set(baseURL, known);
    return known;
  };
  const sources = new Map(
    configuredModels(models).map(({ name, config }) => {
      const breaker = breakerOf(config.baseURL);
      return [name, { breaker, provider: provider(options, config, breaker) }];
    }),
  );
  const lineOf = (name: string) =>
    [name, ...failoverOf(models, name)].flatMap((one) => sources.get(one) ?? []);
  return {
    names: [...sources.keys()],
    conversation(name, standing) {
      const [first, ...others] = lineOf(name).map((source) => source.provider);
      if (first === undefined || !sources.has(name)) throw new Error(`no model ${name} is configured`);
      return createFailover([first, ...others], warn, standing);
    },
    isDown(name) {
      const line = lineOf(name);
      return line.length > 0 && line.every(({ breaker }) => breaker.resting);
    },
    health: () => [...breakers.values()].map((breaker) => breaker.health),
  };
}

function provider(
  { keys, warn, now, newId, random, sleep }: PoolOptions,
  config: ModelConfig,
  breaker: Breaker,
): ModelProvider {
  const apiKey = (): string => keys.of(config.keyVariable);
  if (apiKey() === "") warn(`${config.keyVariable} is not set: ${config.model} is asked without a key`);
  const { baseURL, model, maxOutputTokens, contextTokens, profile } = config;
  return createOpenAiProvider({
    ...{ baseURL, apiKey, model, maxOutputTokens, contextTokens, profile },
    ...{ breaker, now, newId, random, sleep },
  });
}
