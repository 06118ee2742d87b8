import { pairCalls } from "./pairing.ts";
import type { CapabilityProfile, SentParts } from "./profile.ts";
import type { CallRequest, Message, ToolSchema } from "./types.ts";

/** Messages as a Chat Completions endpoint takes them, and which optional fields they carry. */
export interface RenderedConversation {
  messages: Record<string, unknown>[];
  sent: SentParts;
}

export function renderConversation(
  history: readonly Message[],
  profile: Pick<CapabilityProfile, "reasoning" | "reasoningField" | "extras">,
): RenderedConversation {
  const reasoningFields = new Set<string>();
  const extraFields = new Set<string>();
  const field = profile.reasoningField ?? "reasoning_content";
  const extras = (extra: Readonly<Record<string, unknown>> | undefined) => {
    if (!profile.extras || extra === undefined) return {};
    for (const name of Object.keys(extra)) extraFields.add(name);
    return extra;
  };

  const messages = pairCalls(history).map((message): Record<string, unknown> => {
    if (message.role === "tool") {
      return { role: "tool", tool_call_id: message.callId, content: message.content };
    }
    if (message.role !== "assistant") return { role: message.role, content: message.content };
    const echoed =
      profile.reasoning === "always" || (profile.reasoning === "present" && message.reasoning !== "");
    if (echoed) reasoningFields.add(field);
    return {
      role: "assistant",
      content: message.content === "" && message.calls.length > 0 ? null : message.content,
      ...(echoed && { [field]: message.reasoning }),
      ...extras(message.extra),
      ...(message.calls.length > 0 && {
        tool_calls: message.calls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: argumentsAsJson(call) },
          ...extras(call.extra),
        })),
      }),
    };
  });
  return { messages, sent: { reasoningFields: [...reasoningFields], extraFields: [...extraFields] } };
}

export function renderTools(tools: readonly ToolSchema[]): Record<string, unknown>[] {
  return tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
}

/** Unparsable arguments draw a 400, or an empty answer, when they are sent back. */
export function argumentsAsJson(call: CallRequest): string {
  try {
    const value = JSON.parse(call.arguments);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? call.arguments : "{}";
  } catch {
    // What does not parse is answered by an error result; the endpoint sees an empty object.
    return "{}";
  }
}
