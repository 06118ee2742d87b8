import type { LostUsage, ToolName, Usage } from "../../protocol/index.ts";
import type { RecordedModel } from "../model/prices.ts";
import type { CallRequest, Completion, Message, ToolSchema } from "../model/types.ts";
import { addUsage, estimatePrompt, noUsage, subtractUsage } from "../model/usage.ts";
import type { Budget, LostAnswers, Spent } from "../types.ts";
import { createPurse, type Prices, shownMoney } from "./purse.ts";

/** An answer shorter than this is of no use, so no call is made for it. */
const LEAST_ANSWER = 200;
const WARN_AT = 0.7;
/** Turns beyond their limit for an attempt whose last build passed, to close with. */
const GRACE_TURNS = 2;

/** Tokens that count against a budget: the uncached prompt and the answer. Cached ones are recorded apart. */
const charged = (usage: Usage): number => usage.uncachedTokens + usage.outputTokens;

/** How an attempt stands; time in milliseconds. */
interface Standing {
  elapsedMs: number;
  /** The last build passed. */
  isBuilt: boolean;
}

export interface BudgetLedger extends Spent {
  readonly turns: number;
  /** Tokens that the next answer may have, or what is used up, in words. */
  before(messages: readonly Message[], tools: readonly ToolSchema[], standing: Standing): number | string;
  /** Tokens that the answer may have when it is a stand-in's, who has nothing of the prompt in a cache; 0 when it is too dear. */
  afford(by: RecordedModel): number;
  /** Charges a call of a tool; why it may not be made, in words for the model, or null. */
  call(call: Pick<CallRequest, "name">): string | null;
  /** Charges what an answer used that never became a turn; `by` is who gave it in the model's place. */
  lose(usage: Usage, by?: RecordedModel): void;
  /** Charges what was lost with an earlier server. */
  loseBefore(lost: LostAnswers): void;
  after(completion: Completion, messages: readonly Message[], tools: readonly ToolSchema[]): void;
  /** What the model should know of the budget now; "" when nothing new. Said once. */
  warning(standing: Standing): string;
}

/**
 * The one ledger of an attempt. Before a call its prompt is estimated: what the endpoint counted last time plus the
 * messages since then; once an endpoint has shown that it caches, the counted part is expected from its cache.
 */
export function createBudgetLedger(budget: Budget, prices?: Prices): BudgetLedger {
  const purse = createPurse(budget.costMicros, prices);
  const calls = new Map<string, number>();
  const lostBy: LostUsage[] = [];
  let usage = noUsage;
  let turns = 0;
  let warned = false;
  let closing = false;
  let counted = { tokens: 0, messages: 0, caches: false };
  /** Of the next call, as a whole. */
  let promptTokens = 0;
  const left = () => budget.tokens - charged(usage);
  function lose(lost: Usage, by?: RecordedModel): void {
    usage = addUsage(usage, lost);
    purse.lose(lost, by);
    if (by !== undefined) lostBy.push({ ...by, usage: lost });
  }

  return {
    get usage() {
      return usage;
    },
    get turns() {
      return turns;
    },
    get costMicros() {
      return budget.costMicros === undefined ? undefined : Math.round(purse.spent);
    },
    before(messages, tools, { elapsedMs, isBuilt }) {
      if (turns >= budget.turns + (isBuilt ? GRACE_TURNS : 0)) return `all ${budget.turns} turns are used`;
      if (elapsedMs >= budget.wallMs) return "its time is over";
      const fresh = messages.slice(counted.messages);
      const added = estimatePrompt(fresh, counted.messages === 0 ? tools : []);
      promptTokens = counted.tokens + added;
      const [again, cached] = counted.caches ? [0, counted.tokens] : [counted.tokens, 0];
      const answer = left() - added - again;
      if (answer < LEAST_ANSWER)
        return `${charged(usage)} of ${budget.tokens} tokens are used, and the next call needs about ${added + again + LEAST_ANSWER}`;
      const bought = purse.answer(added + again, cached);
      if (bought < LEAST_ANSWER)
        return `${shownMoney(purse.spent)} of ${shownMoney(budget.costMicros ?? 0)} in money are spent, and the next call would cost more than is left`;
      return Math.min(answer, bought);
    },
    afford(by) {
      const answer = Math.min(left() - promptTokens, purse.answer(promptTokens, 0, by));
      return answer < LEAST_ANSWER ? 0 : answer;
    },
    call({ name }) {
      const most = budget.calls?.[name as ToolName];
      if (most === undefined) return null;
      const made = calls.get(name) ?? 0;
      if (made >= most)
        return `not executed: all ${most} calls of ${name} that an attempt has are used; go on without it, or finish`;
      calls.set(name, made + 1);
      return null;
    },
    lose,
    loseBefore({ usage: all, by }) {
      for (const { usage: lost, ...who } of by) lose(lost, who);
      lose(by.map((one) => one.usage).reduce(subtractUsage, all));
    },
    lostBy,
    after(completion, messages, tools) {
      turns += 1;
      usage = addUsage(usage, completion.usage);
      purse.pay(completion.usage, completion.answeredBy);
      const { uncachedTokens, cachedTokens, estimated } = completion.usage;
      const tokens = estimated ? estimatePrompt(messages, tools) : uncachedTokens + cachedTokens;
      counted = { tokens, messages: messages.length, caches: cachedTokens > tokens / 2 };
    },
    warning({ elapsedMs, isBuilt }) {
      if (isBuilt && turns >= budget.turns && !closing) {
        closing = true;
        warned = true;
        return `All ${budget.turns} turns are used, and the last build passed: call finish now.`;
      }
      const money = budget.costMicros === undefined ? 0 : purse.spent / budget.costMicros;
      const shares = [charged(usage) / budget.tokens, turns / budget.turns, elapsedMs / budget.wallMs, money];
      if (warned || Math.max(...shares) < WARN_AT) return "";
      warned = true;
      const minutes = Math.max(0, Math.round((budget.wallMs - elapsedMs) / 60_000));
      const cash =
        budget.costMicros === undefined
          ? ""
          : `, ${shownMoney(Math.max(0, budget.costMicros - purse.spent))} in money`;
      return `Budget left: ${Math.max(0, left())} tokens, ${budget.turns - turns} turns, ${minutes} minutes${cash}. Close soon: build, then finish.`;
    },
  };
}
