import type { SentRequest } from "../../protocol/index.ts";
import { partsOf, shortHash } from "../loop/trace.ts";
import { sha256 } from "../tools/text.ts";
import type { Difference } from "./types.ts";

type Body = Readonly<Record<string, unknown>>;

/**
 * Compares requests with the recorded ones, turn after turn: each record names only the messages that were new in its
 * turn.
 */
export function createComparison(): (body: Body, recorded: SentRequest) => Difference | null {
  let messages: string[] = [];
  return (body, recorded) => {
    messages = [...messages.slice(0, recorded.kept), ...recorded.messages];
    if (sha256(JSON.stringify(body)) === recorded.sha256) return null;
    return firstDifference(body, recorded.fields, messages);
  };
}

function firstDifference(
  body: Body,
  fields: Readonly<Record<string, string>>,
  messages: readonly string[],
): Difference {
  const now = partsOf(body);
  // The opening brace.
  let byte = 1;
  for (const [name, value] of Object.entries(body)) {
    const head = byte + bytesOf(name) + 1;
    if (name === "messages" && Array.isArray(value)) {
      const index = now.messages.findIndex((message, place) => shortHash(message) !== messages[place]);
      if (index >= 0) return atMessage(value, index, head);
      if (value.length < messages.length)
        return at(
          head + bytesOf(value) - 1,
          `messages[${value.length}]`,
          "nothing, where the record has more",
        );
    } else if (now.fields[name] !== fields[name]) return at(byte, name, "another value");
    byte = head + bytesOf(value) + 1;
  }
  const missing = Object.keys(fields).find((name) => !(name in now.fields));
  return missing === undefined
    ? at(0, "whole", "the same parts; the hash of the whole was changed in the record")
    : at(byte - 1, missing, "nothing, where the record has a value");
}

function atMessage(messages: readonly unknown[], index: number, head: number): Difference {
  const before = messages.slice(0, index).reduce<number>((bytes, message) => bytes + bytesOf(message) + 1, 0);
  const { role, tool_call_id: call } = messages[index] as { role?: unknown; tool_call_id?: unknown };
  return at(head + 1 + before, `messages[${index}]`, call === undefined ? `${role}` : `result of ${call}`);
}

const at = (byte: number, part: string, is: string): Difference => ({ byte, part, is });
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
