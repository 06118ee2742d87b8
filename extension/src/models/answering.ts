import type {
  ClientMethodParams,
  ClientMethodResult,
  LentFailure,
  ModelPiece,
} from "@portwright/server/protocol";
import type * as vscode from "vscode";

export type Question = ClientMethodParams<"model/ask">;
export type Answer = ClientMethodResult<"model/ask">;
export type SayPiece = (piece: Omit<ModelPiece, "ask">) => Promise<void>;

/** What is used of the editor; one without language models has no `lm`. */
export type ModelEditor = Pick<
  typeof vscode,
  | "lm"
  | "CancellationTokenSource"
  | "LanguageModelChatMessage"
  | "LanguageModelTextPart"
  | "LanguageModelToolCallPart"
  | "LanguageModelToolResultPart"
>;

export const modelKey = ({ vendor, id }: Pick<vscode.LanguageModelChat, "vendor" | "id">): string =>
  `${vendor}/${id}`;

/** Answers that are given at once; a builder that asks for more has to wait. */
const maxAnswers = 8;
/** Characters of what a failure says. */
const longestWords = 1000;

/** Answers questions of builders with the editor's language models; no tool is ever run here. */
export class ModelAnswers {
  readonly #editor: ModelEditor;
  readonly #access: vscode.LanguageModelAccessInformation;
  #answers = 0;

  constructor(editor: ModelEditor, access: vscode.LanguageModelAccessInformation) {
    this.#editor = editor;
    this.#access = access;
  }

  /** Never asks the person for leave: that belongs to what he does himself. */
  async answer(question: Question, say: SayPiece, signal: AbortSignal): Promise<Answer> {
    if (this.#answers >= maxAnswers)
      return failed("rate-limited", `this editor gives ${maxAnswers} answers already`);
    this.#answers += 1;
    const source = new this.#editor.CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      return await this.#answerWith(question, say, source.token);
    } catch (error) {
      return { failure: failureOf(error) };
    } finally {
      signal.removeEventListener("abort", cancel);
      // Ends a stream that was not read to its end.
      source.cancel();
      source.dispose();
      this.#answers -= 1;
    }
  }

  async #answerWith(question: Question, say: SayPiece, token: vscode.CancellationToken): Promise<Answer> {
    const { lm, LanguageModelTextPart, LanguageModelToolCallPart } = this.#editor;
    const model = (await lm.selectChatModels()).find((one) => modelKey(one) === question.model);
    if (!model) return failed("not-found", `${question.model} is not there`);
    if (this.#access.canSendRequest(model) !== true)
      return failed("no-access", `nobody allowed the extension to use ${question.model}`);
    const tools = question.tools.map(({ name, description, parameters: inputSchema }) => ({
      ...{ name, description, inputSchema },
    }));
    const { stream } = await model.sendRequest(
      this.#messages(question),
      tools.length > 0 ? { tools } : {},
      token,
    );
    for await (const part of stream) {
      if (token.isCancellationRequested) break;
      if (part instanceof LanguageModelTextPart) await say({ text: part.value });
      else if (part instanceof LanguageModelToolCallPart)
        await say({ call: { id: part.callId, name: part.name, arguments: JSON.stringify(part.input) } });
    }
    return {};
  }

  #messages({ messages }: Question): vscode.LanguageModelChatMessage[] {
    const { LanguageModelChatMessage: Message } = this.#editor;
    return messages.map(({ role, parts }) =>
      role === "assistant"
        ? Message.Assistant(parts.flatMap((part) => (part.type === "result" ? [] : [this.#said(part)])))
        : Message.User(parts.flatMap((part) => (part.type === "call" ? [] : [this.#told(part)]))),
    );
  }

  #said(part: PartOf<"text" | "call">): vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart {
    const { LanguageModelTextPart, LanguageModelToolCallPart } = this.#editor;
    return part.type === "text"
      ? new LanguageModelTextPart(part.text)
      : new LanguageModelToolCallPart(part.id, part.name, part.input);
  }

  #told(part: PartOf<"text" | "result">): vscode.LanguageModelTextPart | vscode.LanguageModelToolResultPart {
    const { LanguageModelTextPart, LanguageModelToolResultPart } = this.#editor;
    const text = new LanguageModelTextPart(part.text);
    return part.type === "text" ? text : new LanguageModelToolResultPart(part.id, [text]);
  }
}

type Part = Question["messages"][number]["parts"][number];
type PartOf<T extends Part["type"]> = Extract<Part, { type: T }>;

const failed = (reason: LentFailure["reason"], message: string): Answer => ({ failure: { reason, message } });

/** Codes of `vscode.LanguageModelError`; `Blocked` stands for an exceeded quota. */
const codes: Readonly<Record<string, LentFailure["reason"]>> = {
  NoPermissions: "no-access",
  NotFound: "not-found",
  Blocked: "quota",
};

/** What a model's failure means; Copilot tells quotas and rates by names of its own errors (`ChatQuotaExceeded`). */
export function failureOf(error: unknown): LentFailure {
  const words: string[] = [];
  let reason: LentFailure["reason"] | null = null;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const code = "code" in at ? String(at.code) : "";
    reason ??= codes[code] ?? byName(`${at.name} ${code} ${at.message}`);
    words.push(at.message || at.name);
  }
  const message = (words.join(": ") || String(error)).slice(0, longestWords);
  return { reason: reason ?? "failed", message };
}

function byName(words: string): LentFailure["reason"] | null {
  if (/quota/i.test(words)) return "quota";
  return /rate.?limit|too many requests/i.test(words) ? "rate-limited" : null;
}
