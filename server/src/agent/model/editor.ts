import type { LentFailure, ModelPiece } from "../../protocol/index.ts";
import { type AskingOptions, createProvider } from "./asking.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import {
  type Editor,
  EditorGoneError,
  type EditorQuestion,
  editorProviderName,
  type LentModels,
  lentKey,
  type WantedModel,
  wantedLabel,
} from "./editors.ts";
import { ModelError, type ModelErrorReason } from "./error.ts";
import { type Failure, isOverflow, modelError, scrub } from "./failure.ts";
import type { ModelProvider } from "./types.ts";

/** The command of the extension that lends models. */
const lendCommand = '"Portwright: Lend the Editor\'s Models..."';
/** A window that is loaded anew, or a connection that broke, is back by then. */
const backMs = 15_000;
/** Who began a conversation is waited for that long: his builder may have been started again, his machine have slept. */
const awayMs = 120_000;
const lookMs = 1000;
const textLength = 600;

export interface EditorProviderOptions extends Omit<AskingOptions, "breaker"> {
  wanted: WantedModel;
  lent: Pick<LentModels, "find">;
  maxOutputTokens: number;
  /** Default is what the editor tells of the model. */
  contextTokens?: number | undefined;
  /** Each editor has its own; default one for all of them. */
  breakerOf?: (editor: Editor) => Breaker;
}

/** An editor's own word for why it does not answer. */
class EditorRefusal extends Error {
  readonly reason: LentFailure["reason"];
  constructor({ reason, message }: LentFailure) {
    super(message);
    this.reason = reason;
  }
}

/** A language model of a connected editor, asked through its connection. Nobody counts its tokens, so usage is an estimate. */
export function createEditorProvider(options: EditorProviderOptions): ModelProvider {
  const { wanted, lent, maxOutputTokens } = options;
  const common = createBreaker(editorProviderName, options.now);
  const { breakerOf = () => common } = options;
  const label = wantedLabel(wanted);
  const lender = () => lent.find(wanted, (editor) => breakerOf(editor).resting) ?? lent.find(wanted);
  return createProvider(
    {
      name: editorProviderName,
      model: label,
      async approach(_reasoningField, { messages, signal }) {
        const goesOn = messages.some(({ role }) => role === "assistant");
        let found = lender();
        for (let waitedMs = 0; found === null && goesOn && waitedMs < awayMs; waitedMs += lookMs) {
          await options.sleep(lookMs, signal);
          found = lender();
        }
        if (found === null) throw new ModelError("no-editor", `${nobodyLends(label)}.`);
        const { editor, model } = found;
        const contextTokens = options.contextTokens ?? model.maxInputTokens;
        return {
          breaker: breakerOf(editor),
          form: { api: "editor", model: lentKey(model), maxOutputTokens, contextTokens },
          send: async (body, signal) => chunksOf(editor, body as unknown as EditorQuestion, signal),
          relearn: () => false,
        };
      },
      judge,
      explain: (failure, tries) => explain(failure, label, tries),
      secret: () => "",
    },
    options,
  );
}

export const lendFirst = `connect VS Code to this builder and run ${lendCommand} there`;
export const nobodyLends = (label: string): string => `No connected editor lends ${label}: ${lendFirst}`;

/** The answer as chunks; whoever stops reading cancels it. */
function chunksOf(editor: Editor, question: EditorQuestion, signal: AbortSignal): ReadableStream<unknown> {
  const stopped = new AbortController();
  let calls = 0;
  return new ReadableStream({
    async start(stream) {
      const take = ({ text = "", call }: Omit<ModelPiece, "ask">): void => {
        if (stopped.signal.aborted) return;
        if (text !== "") stream.enqueue(chunk({ content: text }));
        if (call === undefined) return;
        const { id, ...named } = call;
        stream.enqueue(chunk({ tool_calls: [{ index: calls, id, function: named }] }));
        calls += 1;
      };
      editor.ask(question, take, AbortSignal.any([signal, stopped.signal])).then(
        ({ failure }) => {
          if (stopped.signal.aborted) return;
          if (failure) stream.error(new EditorRefusal(failure));
          else {
            stream.enqueue(chunk({}, "stop"));
            stream.close();
          }
        },
        (error: unknown) => stream.error(error),
      );
    },
    cancel: () => stopped.abort(),
  });
}

const chunk = (delta: Record<string, unknown>, finish: string | null = null) => ({
  choices: [{ delta, finish_reason: finish }],
});

const refusals: Readonly<Record<LentFailure["reason"], { reason: ModelErrorReason; retry: boolean }>> = {
  "no-access": { reason: "auth", retry: false },
  "not-found": { reason: "not-found", retry: false },
  quota: { reason: "quota", retry: false },
  "rate-limited": { reason: "rate-limited", retry: true },
  failed: { reason: "unavailable", retry: true },
};

function judge(error: unknown): Failure {
  const words = error instanceof Error ? error.message : String(error);
  const common = { text: scrub(words, "").slice(0, textLength), retryAfterMs: null, form: false };
  if (error instanceof EditorGoneError)
    return { ...common, reason: "cut", retry: true, retryAfterMs: backMs };
  if (error instanceof EditorRefusal)
    return isOverflow(words)
      ? { ...common, reason: "overflow", retry: false }
      : { ...common, ...refusals[error.reason] };
  return { ...common, reason: "unavailable", retry: true };
}

function explain(failure: Failure, label: string, tries: number): ModelError {
  const remedies: Partial<Record<ModelErrorReason, string>> = {
    auth: `The editor has no leave to use ${label}: run ${lendCommand} in VS Code and allow it.`,
    "not-found": `The editor has no model ${label} any more: run ${lendCommand} in VS Code.`,
    quota: `The editor's account has no quota left for ${label}.`,
    unavailable: `The editor's model failed ${tries} times.`,
  };
  const remedy = remedies[failure.reason];
  if (remedy === undefined) return modelError(failure, label, tries);
  return new ModelError(failure.reason, failure.text === "" ? remedy : `${remedy} It said: ${failure.text}`);
}
