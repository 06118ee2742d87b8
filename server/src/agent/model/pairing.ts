import type { Message } from "./types.ts";

/**
 * The same history with exactly one result for each call, right after the turn that made it, in the calls' order:
 * endpoints answer anything else with a 400. A call without a result gets one that says so; a result without a call,
 * or a second one, is left out.
 */
export function pairCalls(messages: readonly Message[]): Message[] {
  const paired: Message[] = [];
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (message === undefined || message.role === "tool") continue;
    paired.push(message);
    if (message.role !== "assistant" || message.calls.length === 0) continue;
    const results: Extract<Message, { role: "tool" }>[] = [];
    for (let next = messages[index + 1]; next?.role === "tool"; next = messages[index + 1]) {
      results.push(next);
      index += 1;
    }
    for (const call of message.calls) {
      const at = results.findIndex((result) => result.callId === call.id);
      const [result] = at < 0 ? [] : results.splice(at, 1);
      paired.push(result ?? { role: "tool", callId: call.id, content: "not executed" });
    }
  }
  return paired;
}
