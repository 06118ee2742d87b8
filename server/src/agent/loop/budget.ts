import type { Usage } from "../../protocol/index.ts";
import type { Completion, Message, ToolSchema } from "../model/types.ts";
import { addUsage, estimatePrompt, noUsage } from "../model/usage.ts";
import type { Budget } from "../types.ts";

/** An answer shorter than this is of no use, so no call is made for it. */
const LEAST_ANSWER = 200;
const WARN_AT = 0.7;

/** Tokens that count against a budget: the uncached prompt and the answer. Cached ones are recorded apart. */
const charged = (usage: Usage): number => usage.uncachedTokens + usage.outputTokens;

export interface BudgetLedger {
  readonly usage: Usage;
  readonly turns: number;
  /** Tokens that the next answer may have, or what is used up, in words. */
  before(messages: readonly Message[], tools: readonly ToolSchema[], elapsedMs: number): number | string;
  /** Charges what an answer used that never became a turn. */
  lose(usage: Usage): void;
  after(completion: Completion, messages: readonly Message[], tools: readonly ToolSchema[]): void;
  /** What the model should know of the budget now; "" when nothing new. Said once. */
  warning(elapsedMs: number): string;
}

/**
 * The one ledger of an attempt. Before a call its prompt is estimated: what the endpoint counted last time plus the
 * messages since then; once an endpoint has shown that it caches, the counted part is expected from its cache.
 */
export function createBudgetLedger(budget: Budget): BudgetLedger {
  let usage = noUsage;
  let turns = 0;
  let warned = false;
  let counted = { tokens: 0, messages: 0, caches: false };
  const left = () => budget.tokens - charged(usage);

  return {
    get usage() {
      return usage;
    },
    get turns() {
      return turns;
    },
    before(messages, tools, elapsedMs) {
      if (turns >= budget.turns) return `all ${budget.turns} turns are used`;
      if (elapsedMs >= budget.wallMs) return "its time is over";
      const fresh = messages.slice(counted.messages);
      const prompt =
        estimatePrompt(fresh, counted.messages === 0 ? tools : []) + (counted.caches ? 0 : counted.tokens);
      const answer = left() - prompt;
      if (answer >= LEAST_ANSWER) return answer;
      return `${charged(usage)} of ${budget.tokens} tokens are used, and the next call needs about ${prompt + LEAST_ANSWER}`;
    },
    lose(lost) {
      usage = addUsage(usage, lost);
    },
    after(completion, messages, tools) {
      turns += 1;
      usage = addUsage(usage, completion.usage);
      const { uncachedTokens, cachedTokens, estimated } = completion.usage;
      const tokens = estimated ? estimatePrompt(messages, tools) : uncachedTokens + cachedTokens;
      counted = { tokens, messages: messages.length, caches: cachedTokens > tokens / 2 };
    },
    warning(elapsedMs) {
      const shares = [charged(usage) / budget.tokens, turns / budget.turns, elapsedMs / budget.wallMs];
      if (warned || Math.max(...shares) < WARN_AT) return "";
      warned = true;
      const minutes = Math.max(0, Math.round((budget.wallMs - elapsedMs) / 60_000));
      return `Budget left: ${Math.max(0, left())} tokens, ${budget.turns - turns} turns, ${minutes} minutes. Close soon: build, then finish.`;
    },
  };
}
