import type { SentRequest, TurnTrace } from "../../protocol/index.ts";
import type { Completion, ToolSchema } from "../model/types.ts";
import { memoryOf } from "../tools/memory.ts";
import type { AttemptState } from "../tools/state.ts";
import { sha256 } from "../tools/text.ts";

/** What opens a conversation; `context` is the first message as the model reads it. */
export interface Opening {
  system: string;
  context: string;
  /** What the model is told that it can call. */
  tools: readonly ToolSchema[];
  /** Marks the words of the porter. */
  nonce: string;
}

/** Makes the trace of each turn, one after the other. */
export type Tracer = (
  completion: Completion,
  heard: readonly string[],
  elapsedMs: number,
) => Promise<TurnTrace>;

export function createTracer(
  { system, context, tools, nonce }: Opening,
  keep: (text: string) => Promise<string>,
  state: AttemptState,
): Tracer {
  let before: readonly string[] = [];
  let isFirst = true;
  let remembered = JSON.stringify(memoryOf(state));
  return async (completion, heard, elapsedMs) => {
    const { asked, finish } = completion;
    const extras = extrasOf(completion);
    const memory = memoryOf(state);
    const isNews = JSON.stringify(memory) !== remembered;
    if (isNews) remembered = JSON.stringify(memory);
    const trace: TurnTrace = {
      ...(isFirst && {
        opening: {
          ...{ system: await keep(system), context: await keep(context), nonce },
          tools: await keep(JSON.stringify(tools)),
        },
      }),
      ...{ heard: [...heard], finish, elapsedMs },
      ...(extras !== null && { extras: await keep(JSON.stringify(extras)) }),
      ...(isNews && { memory }),
    };
    isFirst = false;
    if (asked === undefined) return trace;
    const { fields, messages } = partsOf(asked.body);
    const text = JSON.stringify(asked.body);
    const differing = messages.findIndex((message, index) => message !== before[index]);
    const kept = differing < 0 ? messages.length : differing;
    before = messages;
    const request: SentRequest = {
      ...{ form: asked.form, sha256: sha256(text), bytes: Buffer.byteLength(text) },
      ...{ fields, kept, messages: messages.slice(kept).map(shortHash) },
    };
    return { ...trace, request, times: asked.times };
  };
}

/** The parts of a request: its messages as JSON texts, and the short hash of each other field. */
export function partsOf(body: Readonly<Record<string, unknown>>): {
  fields: Record<string, string>;
  messages: string[];
} {
  const { messages, ...others } = body;
  const fields = Object.entries(others).map(([name, value]) => [name, shortHash(JSON.stringify(value))]);
  return {
    fields: Object.fromEntries(fields),
    messages: Array.isArray(messages) ? messages.map((message) => JSON.stringify(message)) : [],
  };
}

export const shortHash = (json: string): string => sha256(json).slice(0, 16);

/** What an endpoint wants back beside the answer itself; null when it sent nothing of the kind. */
function extrasOf({ extra, calls }: Completion): { message: unknown; calls: unknown[] } | null {
  const given = calls.map((call) => call.extra ?? null);
  return extra === undefined && given.every((one) => one === null)
    ? null
    : { message: extra ?? null, calls: given };
}
