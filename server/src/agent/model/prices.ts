import type { Attempt, ModelPrice, Usage } from "../../protocol/index.ts";

/** A model by the names under which attempts record it. */
export type RecordedModel = Pick<Attempt, "provider" | "model">;

export const priceOf = (
  prices: readonly ModelPrice[],
  { provider, model }: RecordedModel,
): ModelPrice | undefined => prices.find((price) => price.provider === provider && price.model === model);

/** Money in millionths of the prices' unit, not rounded: prices are for a million tokens. */
export const costAt = (
  { uncached, cached, output }: Pick<ModelPrice, "uncached" | "cached" | "output">,
  { uncachedTokens, cachedTokens, outputTokens }: Omit<Usage, "reasoningTokens" | "estimated">,
): number => uncachedTokens * uncached + cachedTokens * cached + outputTokens * output;
