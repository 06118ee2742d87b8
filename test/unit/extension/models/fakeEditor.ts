import type { ModelAnswers, ModelEditor } from "../../../../extension/src/models/answering.ts";

type Model = Awaited<ReturnType<ModelEditor["lm"]["selectChatModels"]>>[number];
type Access = ConstructorParameters<typeof ModelAnswers>[1];

class Text {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}
class Call {
  readonly callId: string;
  readonly name: string;
  readonly input: object;
  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}
class Result {
  readonly callId: string;
  readonly content: unknown[];
  constructor(callId: string, content: unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}
const Message = {
  User: (content: unknown) => ({ role: "user", content }),
  Assistant: (content: unknown) => ({ role: "assistant", content }),
};
class Source {
  readonly #abort = new AbortController();
  readonly token = {
    signal: this.#abort.signal,
    get isCancellationRequested() {
      return this.signal.aborted;
    },
  };
  cancel(): void {
    this.#abort.abort();
  }
  dispose(): void {}
}

export interface Asked {
  messages: { role: string; content: unknown }[];
  options: NonNullable<Parameters<Model["sendRequest"]>[1]>;
  token: { isCancellationRequested: boolean; signal: AbortSignal };
}
/** Gives the parts of one answer; what it throws is what the editor throws. */
type Speak = (asked: Asked) => AsyncIterable<unknown>;

export class EditorError extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: Error) {
    super(message, { cause });
    this.name = "LanguageModelError";
    this.code = code;
  }
}

/** What `vscode` shows of language models, with models that a test brings. As in an editor, leave is asked for before all else. */
export function fakeEditor() {
  const asked: Asked[] = [];
  const state = {
    models: [] as Model[],
    /** What the person answers when he is asked for leave; the dialogs that he saw. */
    allows: true,
    dialogs: [] as (string | undefined)[],
    allowed: new Set<string>(),
  };
  let changed: () => void = () => {};
  const add = (id: string, speak: Speak, given: { vendor?: string; maxInputTokens?: number } = {}) => {
    const { vendor = "acme", maxInputTokens = 50_000 } = given;
    const model = {
      ...{ id, vendor, family: "one", name: `Model ${id}`, version: "1", maxInputTokens },
      async sendRequest(messages: Asked["messages"], options: Asked["options"], token: Asked["token"]) {
        if (!state.allowed.has(vendor)) {
          state.dialogs.push(options.justification);
          if (!state.allows) throw new EditorError("NoPermissions", `${id} cannot be used`);
          state.allowed.add(vendor);
        }
        if (token.isCancellationRequested) throw new Error("Canceled");
        asked.push({ messages, options, token });
        return { stream: speak({ messages, options, token }) };
      },
    };
    state.models.push(model as unknown as Model);
  };
  const editor = {
    lm: {
      selectChatModels: async () => [...state.models],
      onDidChangeChatModels: (listener: () => void) => {
        changed = listener;
        return { dispose() {} };
      },
    },
    ...{ CancellationTokenSource: Source, LanguageModelChatMessage: Message, LanguageModelTextPart: Text },
    ...{ LanguageModelToolCallPart: Call, LanguageModelToolResultPart: Result },
  } as unknown as ModelEditor;
  const access = {
    canSendRequest: ({ vendor }: Model) => state.allowed.has(vendor) || undefined,
  } as unknown as Access;
  return { editor, access, state, asked, add, change: () => changed(), Text, Call, Result };
}
