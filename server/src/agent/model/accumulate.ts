import type { AnswerWatcher, CallRequest } from "./types.ts";

/** An answer put together from its chunks; `finish` is the endpoint's own word, null when none came. */
export interface AccumulatedAnswer {
  text: string;
  reasoning: string;
  /** Field that reasoning came in. */
  reasoningField: string | null;
  calls: CallRequest[];
  extra: Record<string, unknown> | undefined;
  finish: string | null;
  /** As reported; see normaliseUsage. */
  usage: unknown;
}

export interface Accumulator {
  push(chunk: unknown): void;
  /** Bytes of text, reasoning and arguments so far. */
  readonly outputBytes: number;
  /** Bytes that calls take beside their arguments: each has some, even one in which nothing stands. */
  readonly formBytes: number;
  /** Of fields that are kept unread, as JSON text; what goes beyond `EXTRA_BYTES` is not kept. */
  readonly extraBytes: number;
  answer(): AccumulatedAnswer;
}

/** Of an endpoint's own fields in one answer: encrypted thoughts have some hundred thousand. */
export const EXTRA_BYTES = 1024 * 1024;
/** Of a call beside its id, name and arguments, about. */
const CALL_BYTES = 8;
const REASONING_FIELDS = ["reasoning_content", "reasoning", "reasoning_text"];
const KNOWN_DELTA = new Set([
  ...REASONING_FIELDS,
  "role",
  "content",
  "tool_calls",
  "function_call",
  "refusal",
  "annotations",
  "audio",
]);
const KNOWN_CALL = new Set(["index", "id", "type", "function"]);

interface OpenCall {
  index: number | null;
  id: string;
  name: string;
  arguments: string;
  extra: Record<string, unknown>;
}

/**
 * Chat Completions chunks as endpoints really send them: tool deltas without `index` or all with 0, reasoning in
 * one of several fields, content as text or as parts, usage in the chunk or in the choice.
 */
export function createAccumulator(
  newId: () => string,
  onDelta: AnswerWatcher["delta"] = () => {},
): Accumulator {
  let text = "";
  let reasoning = "";
  let reasoningField: string | null = null;
  let finish: string | null = null;
  let usage: unknown = null;
  let outputBytes = 0;
  let formBytes = 0;
  let extraBytes = 0;
  const extra: Record<string, unknown> = {};
  const calls: OpenCall[] = [];

  function takeDelta(delta: Record<string, unknown>): void {
    const content = contentOf(delta.content);
    const refusal = typeof delta.refusal === "string" ? delta.refusal : "";
    const said = content.text + refusal;
    text += said;
    const field = REASONING_FIELDS.find((name) => typeof delta[name] === "string" && delta[name] !== "");
    const thought = field === undefined ? content.reasoning : String(delta[field]);
    if (field !== undefined) reasoningField ??= field;
    reasoning += thought;
    if (said !== "" || thought !== "") onDelta({ text: said, reasoning: thought });
    outputBytes += Buffer.byteLength(said + thought);
    keepExtra(extra, delta, KNOWN_DELTA);
    for (const part of list(delta.tool_calls)) takeCall(part);
  }

  function takeCall(part: Record<string, unknown>): void {
    const index = typeof part.index === "number" ? part.index : null;
    const id = typeof part.id === "string" ? part.id : "";
    const named = record(part.function);
    const name = typeof named.name === "string" ? named.name : "";
    const piece = argumentsOf(named.arguments);
    const open =
      index === null ? calls.at(-1) : calls.findLast((call) => call.index === index || call.index === null);
    let call = open;
    if (call === undefined || startsNew(call, id, name, piece)) {
      call = { index, id: "", name: "", arguments: "", extra: {} };
      calls.push(call);
      formBytes += CALL_BYTES;
    }
    if (call.id === "") {
      call.id = id;
      formBytes += Buffer.byteLength(id);
    }
    if (call.name === "") {
      call.name = name;
      formBytes += Buffer.byteLength(name);
    }
    // Some endpoints close a call by sending its arguments once more, whole.
    const repeated = piece !== "" && piece === call.arguments && isComplete(piece);
    if (!repeated) {
      call.arguments += piece;
      outputBytes += Buffer.byteLength(piece);
    }
    keepExtra(call.extra, part, KNOWN_CALL);
  }

  function keepExtra(
    kept: Record<string, unknown>,
    delta: Record<string, unknown>,
    known: ReadonlySet<string>,
  ): void {
    const unknown = Object.entries(delta).filter(
      ([name, value]) => !known.has(name) && value !== null && value !== undefined && value !== "",
    );
    if (unknown.length === 0) return;
    extraBytes += Buffer.byteLength(JSON.stringify(unknown));
    if (extraBytes <= EXTRA_BYTES) for (const [name, value] of unknown) keepUnknown(kept, name, value);
  }

  return {
    push(chunk) {
      const { choices, ...rest } = record(chunk);
      const [choice] = list(choices);
      if (isFilled(rest.usage)) usage = rest.usage;
      if (choice === undefined) return;
      if (isFilled(choice.usage)) usage = choice.usage;
      if (typeof choice.finish_reason === "string" && choice.finish_reason !== "")
        finish = choice.finish_reason;
      takeDelta(record(choice.delta ?? choice.message));
    },
    get outputBytes() {
      return outputBytes;
    },
    get formBytes() {
      return formBytes;
    },
    get extraBytes() {
      return extraBytes;
    },
    answer() {
      const ids = new Set<string>();
      const finished = calls.map((call): CallRequest => {
        const id = call.id === "" || ids.has(call.id) ? newId() : call.id;
        ids.add(id);
        return {
          id,
          name: call.name,
          arguments: call.arguments,
          ...(Object.keys(call.extra).length > 0 && { extra: call.extra }),
        };
      });
      const kept = Object.keys(extra).length > 0 ? extra : undefined;
      return { text, reasoning, reasoningField, calls: finished, extra: kept, finish, usage };
    },
  };
}

/** True when a delta that would go to `call` opens another one instead. */
function startsNew(call: OpenCall, id: string, name: string, piece: string): boolean {
  if (id !== "" && call.id !== "") return id !== call.id;
  if (name === "" || call.name === "") return false;
  if (name !== call.name) return true;
  return isComplete(call.arguments) && piece !== call.arguments;
}

function isComplete(text: string): boolean {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // An unfinished piece; the rest is to come.
    return false;
  }
}

function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}

function contentOf(content: unknown): { text: string; reasoning: string } {
  if (typeof content === "string") return { text: content, reasoning: "" };
  let text = "";
  let reasoning = "";
  for (const part of list(content)) {
    if (typeof part.text === "string") text += part.text;
    for (const thought of list(part.thinking))
      reasoning += typeof thought.text === "string" ? thought.text : "";
  }
  return { text, reasoning };
}

function keepUnknown(kept: Record<string, unknown>, name: string, value: unknown): void {
  const before = kept[name];
  if (typeof before === "string" && typeof value === "string") kept[name] = before + value;
  else if (Array.isArray(before) && Array.isArray(value)) for (const one of value) before.push(one);
  else kept[name] = Array.isArray(value) ? [...value] : value;
}

const isFilled = (value: unknown): boolean => Object.keys(record(value)).length > 0;

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
