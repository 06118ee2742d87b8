import type { ChunkTimes, RequestForm, Turn, Usage } from "../../protocol/index.ts";
import type { RecordedModel } from "./prices.ts";

/** Neutral history; each provider renders it for its own endpoint. */
export type Message =
  | { role: "system"; content: string }
  | { role: "user"; content: string }
  | {
      role: "assistant";
      content: string;
      /** Reasoning as it came, for endpoints that want it back byte for byte; never shown to those that refuse it. */
      reasoning: string;
      calls: readonly CallRequest[];
      extra?: Extra | undefined;
    }
  | { role: "tool"; callId: string; content: string };

/** Fields of an endpoint's own (signatures of thoughts and the like), echoed as they came to the endpoint that sent them. */
type Extra = Readonly<Record<string, unknown>>;

export interface CallRequest {
  id: string;
  name: string;
  /** JSON text as the model wrote it; may not parse. */
  arguments: string;
  extra?: Extra | undefined;
}

export interface ToolSchema {
  name: string;
  description: string;
  /** JSON Schema of the arguments object. */
  parameters: Record<string, unknown>;
}

export interface CompletionRequest {
  messages: readonly Message[];
  tools: readonly ToolSchema[];
  /** What the budget leaves for the answer; a provider may ask for less, and cuts an answer that runs over it. */
  maxOutputTokens: number;
  /** The same for one who is asked in the provider's place, by his price; 0 where he cannot be paid. Default is as much. */
  afford?: ((by: RecordedModel) => number) | undefined;
  signal: AbortSignal;
  watch?: AnswerWatcher | undefined;
  /**
   * Told before a call fails, or is ended, that answers which broke off used as much, and whose they were where a stand-in was
   * asked; with a completion it is in its usage.
   */
  lost?: ((usage: Usage, by?: RecordedModel) => void) | undefined;
}

/** Who looks on while an answer arrives; the completion holds all of it. */
export interface AnswerWatcher {
  delta(delta: { text: string; reasoning: string }): void;
  /** What arrived so far is void: the endpoint is asked once more. */
  again(): void;
}

export interface Completion {
  text: string;
  reasoning: string;
  calls: CallRequest[];
  extra?: Extra | undefined;
  /** `length`: cut short, so that the last call may be incomplete. */
  finish: "stop" | "calls" | "length";
  usage: Usage;
  /** Who answered in place of the provider that was asked first. */
  answeredBy?: Turn["answeredBy"];
  /** The request that was answered; undefined where none was sent. */
  asked?: Asked | undefined;
}

interface Asked {
  form: RequestForm;
  /** Its text is the JSON of this. */
  body: Readonly<Record<string, unknown>>;
  times: ChunkTimes;
}

/**
 * One answer to a conversation. A failure that another try may mend is retried inside; what is left is thrown as
 * ModelError with a message for a person. The rule book implements this too: it answers from the evidence.
 */
export interface ModelProvider {
  readonly name: string;
  readonly model: string;
  complete(request: CompletionRequest): Promise<Completion>;
  /** Goes on in the form in which an earlier server was understood, so that what it sent is sent again to the byte. */
  adopt?(form: RequestForm): void;
}
