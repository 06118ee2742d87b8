import type { ChatForm, RequestForm } from "../../protocol/index.ts";
import { ModelError } from "./error.ts";
import type { SentParts } from "./profile.ts";
import { renderConversation, renderTools } from "./render.ts";
import { renderForEditor } from "./renderEditor.ts";
import type { CompletionRequest, ToolSchema } from "./types.ts";
import { estimatePrompt } from "./usage.ts";

const LEAST_ANSWER = 64;

/** A request as it goes out; its text is the JSON of `body`. */
export interface RenderedRequest {
  body: Record<string, unknown> & { messages: Record<string, unknown>[] };
  sent: SentParts;
  /** Tokens that the answer may have. */
  limit: number;
}

/**
 * What is asked of an endpoint. Messages stand after all that never changes and before what may, so that the text of one
 * turn's request, up to the end of its messages, begins that of the next. Throws ModelError where the context has no
 * room left for an answer.
 */
export function renderRequest(request: Asked, form: RequestForm): RenderedRequest {
  const limit = answerLimit(request, form);
  return "api" in form ? forEditor(request, form.model, limit) : forEndpoint(request, form, limit);
}

type Asked = Pick<CompletionRequest, "messages" | "tools" | "maxOutputTokens">;

/** The limit is not told: an answer that runs over it is cut. */
function forEditor({ messages, tools }: Asked, model: string, limit: number): RenderedRequest {
  const body = { model, tools: tools.map(plainTool), messages: renderForEditor(messages) };
  return { body, sent: { reasoningFields: [], extraFields: [] }, limit };
}

const plainTool = ({ name, description, parameters }: ToolSchema): ToolSchema => ({
  name,
  description,
  parameters,
});

function forEndpoint(request: Asked, form: ChatForm, limit: number): RenderedRequest {
  const { messages, sent } = renderConversation(request.messages, form);
  const body = {
    model: form.model,
    stream: true,
    ...(form.streamUsage && { stream_options: { include_usage: true } }),
    ...(request.tools.length > 0 && { tools: renderTools(request.tools) }),
    messages,
    [form.tokenLimit]: limit,
  };
  return { body, sent, limit };
}

function answerLimit(request: Asked, { model, maxOutputTokens, contextTokens }: RequestForm): number {
  const prompt = estimatePrompt(request.messages, request.tools);
  const room = (contextTokens ?? Number.POSITIVE_INFINITY) - prompt;
  if (room < LEAST_ANSWER) {
    const words = `The conversation (about ${prompt} tokens) no longer fits the context of ${model}.`;
    throw new ModelError("overflow", words);
  }
  return Math.floor(Math.min(maxOutputTokens, request.maxOutputTokens, room));
}
