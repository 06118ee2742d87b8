import type { ModelPrice, Usage } from "../../protocol/index.ts";
import { costAt, priceOf, type RecordedModel } from "../model/prices.ts";

/** Prices as they were when the attempt began, and the model that it is of. */
export interface Prices {
  own: RecordedModel;
  prices: readonly ModelPrice[];
}

export interface Purse {
  /** Millionths of the prices' unit. */
  readonly spent: number;
  /** Tokens of an answer that what is left buys, after a prompt with so many tokens; default is of who answered last. */
  answer(uncachedTokens: number, cachedTokens: number, by?: RecordedModel): number;
  /** `by` is who answered in the model's place. */
  pay(usage: Usage, by?: RecordedModel): void;
  /** Charges what came to nothing; the next answer is expected from whom the last one was. */
  lose(usage: Usage, by?: RecordedModel): void;
}

/** Counts money against its limit; a stand-in without a price costs nothing. */
export function createPurse(limit: number | undefined, prices: Prices | undefined): Purse {
  let spent = 0;
  let answering = prices?.own;
  const priceBy = (by: RecordedModel | undefined) => prices && by && priceOf(prices.prices, by);
  const charge = (usage: Usage, by: RecordedModel | undefined): void => {
    const asked = priceBy(by);
    if (asked !== undefined) spent += costAt(asked, usage);
  };
  return {
    get spent() {
      return spent;
    },
    answer(uncachedTokens, cachedTokens, by = answering) {
      const asked = priceBy(by);
      if (limit === undefined || asked === undefined) return Number.POSITIVE_INFINITY;
      const left = limit - spent - costAt(asked, { uncachedTokens, cachedTokens, outputTokens: 0 });
      if (left < 0) return 0;
      return asked.output === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / asked.output);
    },
    pay(usage, by = prices?.own) {
      answering = by;
      charge(usage, by);
    },
    lose: (usage, by = prices?.own) => charge(usage, by),
  };
}

/** Money for people and models to read. */
export const shownMoney = (micros: number): string => String(Number((micros / 1e6).toFixed(4)));
