import type { Turn, TurnTrace } from "../../protocol/index.ts";
import type { LiveTeller } from "../live/teller.ts";
import type { Completion, Message, ModelProvider } from "../model/types.ts";
import { estimatePrompt } from "../model/usage.ts";
import { withNote } from "../tools/result.ts";
import type { AttemptState } from "../tools/state.ts";
import type { LostAnswers } from "../types.ts";
import type { BudgetLedger } from "./budget.ts";
import { type Execute, runCalls } from "./calls.ts";
import type { WallClock } from "./clock.ts";
import type { Ending } from "./ending.ts";
import { createJudge } from "./judge.ts";
import { hear, type Operator } from "./operator.ts";
import { createTracer, type Opening } from "./trace.ts";

/** Model, tools, clock and people; a record can stand in the place of all of them. */
export interface Outside {
  provider: Pick<ModelProvider, "complete">;
  execute: Execute;
  clock: Pick<WallClock, "elapsed" | "standStill">;
  live: LiveTeller;
  operator: Operator;
  /** Before a turn: what answers used that ended with an earlier server; undefined where none has. */
  lost: () => LostAnswers | undefined;
  /** The model's answer is there, and its calls begin. */
  onAnswer: (turn: number) => void;
  /** Each complete turn, before the next one starts. */
  onTurn: (turn: Turn) => void;
}

/** What one conversation works with. */
export interface Conversation {
  attemptId: string;
  opening: Opening;
  outside: Outside;
  state: AttemptState;
  ledger: BudgetLedger;
  signal: AbortSignal;
  /** Text as it may go to a model. */
  present: (text: string) => string;
  /** Keeps a text of the record; gives its SHA-256. */
  keep: (text: string) => Promise<string>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const NUDGE =
  "Nothing was done: answer with tool calls. When the port is repaired or cannot be, say so by calling finish.";

/** Turn after turn until an end; system prompt and tools never change, and messages are only added. */
export async function converse(conversation: Conversation): Promise<Ending> {
  const { opening, outside, state, ledger, present, now } = conversation;
  const { provider, clock, operator } = outside;
  const { tools } = opening;
  const judge = createJudge(state);
  const trace = createTracer(opening, conversation.keep, state);
  const messages: Message[] = [
    { role: "system", content: opening.system },
    { role: "user", content: opening.context },
  ];
  let atEdge = true;
  const standing = () => ({ elapsedMs: clock.elapsed(), isBuilt: state.builds.at(-1)?.passed === true });

  for (let number = 1; ; number += 1) {
    // Whatever ends it from here on, this was used.
    const lost = outside.lost();
    if (lost !== undefined) ledger.loseBefore(lost);
    await untilLet(outside);
    conversation.signal.throwIfAborted();
    const heard = operator.words(atEdge).map(present);
    hear(messages, heard, opening.nonce);
    atEdge = false;
    const room = ledger.before(messages, tools, standing());
    if (typeof room === "string") return { outcome: "budget", words: `The budget ended it: ${room}.` };
    const estimate = estimatePrompt(messages, tools);
    const at = now();
    outside.live.turn(number);
    const completion = await provider.complete({
      messages,
      tools,
      ...{ maxOutputTokens: room, afford: ledger.afford },
      signal: conversation.signal,
      watch: outside.live,
      lost: ledger.lose,
    });
    ledger.after(completion, messages, tools);
    outside.onAnswer(number);
    operator.told(number);
    const calls = await runCalls(completion, conversation, judge.guards);
    const { elapsedMs, isBuilt } = standing();
    const warning = ledger.warning({ elapsedMs, isBuilt });
    const last = calls.at(-1);
    if (last !== undefined && warning !== "") {
      last.result = withNote(last.result, warning);
      last.note = last.note === undefined ? warning : `${last.note} ${warning}`;
    }
    const { text, reasoning, usage } = completion;
    const durationMs = Math.max(0, now() - at);
    const turn = { attemptId: conversation.attemptId, number, text, reasoning, calls, usage, durationMs, at };
    const { answeredBy } = completion;
    outside.onTurn({
      ...turn,
      trace: { ...(await trace(completion, heard, elapsedMs)), ...(lost && inTrace(lost)) },
      ...(answeredBy !== undefined && { answeredBy }),
    });
    messages.push(assistantMessage(completion));
    for (const { id, result } of calls) messages.push({ role: "tool", callId: id, content: result });

    const ending = judge.endOf(completion, estimate);
    if (ending === null) {
      if (calls.length === 0)
        messages.push({ role: "user", content: warning === "" ? NUDGE : `${NUDGE} ${warning}` });
    } else if (ending.final || operator.words(true).length === 0) return ending;
    else {
      // Told before the attempt is given up, the porter's word may yet turn it.
      atEdge = true;
      judge.anew();
    }
  }
}

const inTrace = ({ usage, by }: LostAnswers): Pick<TurnTrace, "lost" | "lostBy"> => ({
  lost: usage,
  ...(by.length > 0 && { lostBy: [...by] }),
});

/** Waits while a person holds the attempt, which costs it no time. */
async function untilLet({ operator, live, clock }: Outside): Promise<void> {
  if (!operator.held()) return;
  live.paused(true);
  await clock.standStill(() => operator.goAhead());
  live.paused(false);
}

function assistantMessage(completion: Completion): Message {
  const empty = completion.text === "" && completion.calls.length === 0;
  return {
    role: "assistant",
    // Endpoints refuse an assistant message that holds nothing.
    content: empty ? "(no answer)" : completion.text,
    reasoning: completion.reasoning,
    calls: completion.calls,
    ...(completion.extra !== undefined && { extra: completion.extra }),
  };
}
