import { z } from "zod";
import { type AttemptBudget, PortwrightError, type ToolCall, type Turn } from "../../protocol/index.ts";
import type { Execute } from "../loop/calls.ts";
import { factsOf } from "../loop/ledger.ts";
import type { Opening } from "../loop/trace.ts";
import type { CallRequest, Completion } from "../model/types.ts";
import { withoutNote } from "../tools/result.ts";
import type { AttemptState } from "../tools/state.ts";
import { effectOf } from "../tools/toolbox.ts";
import { restore } from "./restore.ts";
import type { RecordedAttempt } from "./types.ts";

/** A turn that has all that is needed to run it again; one of the rule book has no request. */
export type PlayedTurn = Turn & { trace: NonNullable<Turn["trace"]> };

/** What it takes to run a record again. */
export interface Script {
  opening: Opening;
  budget: AttemptBudget;
  turns: readonly PlayedTurn[];
  read: RecordedAttempt["read"];
}

/** Throws PortwrightError notFound, naming what the record lacks. */
export async function scriptOf({ attempt, turns, read }: RecordedAttempt): Promise<Script> {
  const lacks = (what: string): never => {
    throw new PortwrightError("notFound", `attempt ${attempt.number} cannot be run again: ${what}`);
  };
  const [first] = turns;
  if (first === undefined) return lacks("it has no turn yet");
  const hole = turns.find(({ number }, index) => number !== index + 1);
  if (hole !== undefined) return lacks(`the turn before turn ${hole.number} is missing`);
  const isPlayed = (turn: Turn): turn is PlayedTurn =>
    turn.trace !== undefined && (attempt.provider === "recipes" || turn.trace.request !== undefined);
  const old = turns.find((turn) => !isPlayed(turn));
  const opening = first.trace?.opening;
  if (old !== undefined || attempt.budget === undefined || opening?.tools === undefined)
    return lacks(
      `its record (turn ${old?.number ?? 1}) is of an older server, which did not keep what it sent; start a new attempt`,
    );
  const { system, context, tools, nonce } = opening;
  const offered = Tools.parse(JSON.parse(await read(tools)));
  return {
    opening: { system: await read(system), context: await read(context), tools: offered, nonce },
    budget: attempt.budget,
    turns: turns.filter(isPlayed),
    read,
  };
}

const Tools = z.array(
  z.object({ name: z.string(), description: z.string(), parameters: z.record(z.string(), z.unknown()) }),
);

const Extras = z.object({
  message: z.record(z.string(), z.unknown()).nullable(),
  calls: z.array(z.record(z.string(), z.unknown()).nullable()),
});

/** The recorded answer of a turn, as the model gave it. */
export async function completionOf(
  { text, reasoning, calls, usage, trace, answeredBy }: PlayedTurn,
  read: RecordedAttempt["read"],
): Promise<Completion> {
  const extras = trace.extras === undefined ? null : Extras.parse(JSON.parse(await read(trace.extras)));
  return {
    ...{ text, reasoning, usage, finish: trace.finish },
    ...(extras?.message && { extra: extras.message }),
    ...(answeredBy !== undefined && { answeredBy }),
    calls: calls.map(({ id, name, arguments: given }, index) => {
      const extra = extras?.calls[index];
      return { id, name, arguments: given, ...(extra && { extra }) };
    }),
  };
}

/**
 * Answers each call of `answer` with its recorded result, and brings the attempt's state to what it was then. An answer
 * throws PortwrightError badState when its record is no result.
 */
export function recordedResults(
  { number, calls }: PlayedTurn,
  answer: Completion,
  state: AttemptState,
): Map<CallRequest, () => ReturnType<Execute>> {
  const resultOf = async (recorded: ToolCall): ReturnType<Execute> => {
    const { id, result, ok, note, spill, name } = recorded;
    const facts = factsOf(recorded);
    if (facts === null)
      throw new PortwrightError(
        "badState",
        `turn ${number}: the recorded result of ${name} (${id}) is damaged`,
      );
    restore(state, recorded, facts);
    const content = note === undefined ? result : withoutNote(result, note);
    return { ok, content, spill, effect: effectOf(name) };
  };
  return new Map(
    answer.calls.flatMap((call, index) => {
      const recorded = calls[index];
      return recorded === undefined ? [] : [[call, () => resultOf(recorded)]];
    }),
  );
}
