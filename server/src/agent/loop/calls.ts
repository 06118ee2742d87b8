import type { ToolCall } from "../../protocol/index.ts";
import type { LiveTeller } from "../live/teller.ts";
import type { CallRequest, Completion } from "../model/types.ts";
import { renderResult, withNote } from "../tools/result.ts";
import type { AttemptState } from "../tools/state.ts";
import type { ExecutedCall } from "../tools/toolbox.ts";
import { refuse } from "../tools/types.ts";
import type { BudgetLedger } from "./budget.ts";
import { buildKey, type ProgressGuards } from "./guards.ts";

/** Runs one call and tells its result as the model will read it. */
export type Execute = (call: CallRequest) => Promise<ExecutedCall>;

interface CallsOptions {
  outside: { execute: Execute; live: Pick<LiveTeller, "call" | "called"> };
  state: AttemptState;
  ledger: Pick<BudgetLedger, "call">;
  now: () => number;
}

/** Executes an answer's calls one after another; each has exactly one result, also when it was not run. */
export async function runCalls(
  completion: Completion,
  { outside: { execute, live }, state, ledger, now }: CallsOptions,
  guards: ProgressGuards,
): Promise<ToolCall[]> {
  const done: ToolCall[] = [];
  for (const [index, call] of completion.calls.entries()) {
    const cut = completion.finish === "length" && index === completion.calls.length - 1;
    const refusal = notRun(state, guards, call, cut) ?? ledger.call(call);
    const at = now();
    if (refusal !== null) {
      done.push(toolCall(call, renderResult(refuse(refusal)), false, 0, null));
      continue;
    }
    const builds = state.builds.length;
    const edits = state.edits.length;
    live.call(call);
    const executed = await execute(call);
    const idle = executed.effect === "build" && state.builds.length === builds;
    const note = guards.ran(call, idle ? "read" : executed.effect, executed.ok, leftBy(state, edits, builds));
    const content = note === "" ? executed.content : withNote(executed.content, note);
    const durationMs = Math.max(0, now() - at);
    live.called(call.id, executed.ok, durationMs);
    const ran = toolCall(call, content, executed.ok, durationMs, executed.spill);
    done.push(note === "" ? ran : { ...ran, note });
  }
  return done;
}

/** What calls did since there were so many edits and builds. */
const leftBy = ({ edits, builds }: AttemptState, editsBefore: number, buildsBefore: number): string =>
  [...edits.slice(editsBefore), ...builds.slice(buildsBefore).map(buildKey)].join("\n");

function notRun(state: AttemptState, guards: ProgressGuards, call: CallRequest, cut: boolean): string | null {
  if (state.finished !== null) return "not executed: the attempt was finished by the call before";
  if (cut)
    return "not executed: the answer was cut at its token limit inside this call; send it again, smaller";
  return guards.refuse(call);
}

const toolCall = (
  call: CallRequest,
  result: string,
  ok: boolean,
  durationMs: number,
  spill: string | null,
): ToolCall => ({ id: call.id, name: call.name, arguments: call.arguments, result, ok, durationMs, spill });
