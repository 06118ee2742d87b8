import type { LentMessage } from "../../protocol/index.ts";
import { pairCalls } from "./pairing.ts";
import { argumentsAsJson } from "./render.ts";
import type { CallRequest, Message } from "./types.ts";

type Part = LentMessage["parts"][number];

/**
 * Messages as an editor's language models take them: the system prompt is the first message of the user, the results of one
 * turn's calls are one message, and reasoning has no place.
 */
export function renderForEditor(history: readonly Message[]): LentMessage[] {
  const messages: LentMessage[] = [];
  for (const message of pairCalls(history)) {
    if (message.role === "tool") {
      const result: Part = { type: "result", id: message.callId, text: message.content };
      const last = messages.at(-1);
      if (last?.parts[0]?.type === "result") last.parts.push(result);
      else messages.push({ role: "user", parts: [result] });
      continue;
    }
    const parts: Part[] = message.content === "" ? [] : [{ type: "text", text: message.content }];
    if (message.role === "assistant") parts.push(...message.calls.map(callPart));
    messages.push({ role: message.role === "assistant" ? "assistant" : "user", parts });
  }
  return messages;
}

function callPart(call: CallRequest): Part {
  return { type: "call", id: call.id, name: call.name, input: JSON.parse(argumentsAsJson(call)) };
}
