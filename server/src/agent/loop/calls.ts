import type { ToolCall } from "../../protocol/index.ts";
import type { CallRequest, Completion } from "../model/types.ts";
import { renderResult, withNote } from "../tools/result.ts";
import { executeCall } from "../tools/toolbox.ts";
import { refuse, type ToolContext } from "../tools/types.ts";
import type { ProgressGuards } from "./guards.ts";

/** Executes an answer's calls one after another; each has exactly one result, also when it was not run. */
export async function runCalls(
  completion: Completion,
  context: ToolContext,
  guards: ProgressGuards,
  options: { now: () => number; redact: (text: string) => string },
): Promise<ToolCall[]> {
  const done: ToolCall[] = [];
  for (const [index, call] of completion.calls.entries()) {
    const cut = completion.finish === "length" && index === completion.calls.length - 1;
    const refusal = notRun(context, guards, call, cut);
    const at = options.now();
    if (refusal !== null) {
      done.push(toolCall(call, renderResult(refuse(refusal)), false, 0, null));
      continue;
    }
    const builds = context.state.builds.length;
    context.live.call(call);
    const executed = await executeCall(call, context, options.redact);
    const idle = executed.effect === "build" && context.state.builds.length === builds;
    const note = guards.ran(call, idle ? "read" : executed.effect, executed.ok);
    const content = note === "" ? executed.content : withNote(executed.content, note);
    const durationMs = Math.max(0, options.now() - at);
    context.live.called(call.id, executed.ok, durationMs);
    done.push(toolCall(call, content, executed.ok, durationMs, executed.spill));
  }
  return done;
}

function notRun(
  context: ToolContext,
  guards: ProgressGuards,
  call: CallRequest,
  cut: boolean,
): string | null {
  if (context.state.finished !== null) return "not executed: the attempt was finished by the call before";
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
