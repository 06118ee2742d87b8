import { createSerial } from "@portwright/server/async/serial";
import type { LentModel } from "@portwright/server/protocol";
import type * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { placeOf } from "../builders/definition.ts";
import { type Answer, failureOf, ModelAnswers, type ModelEditor, modelKey } from "./answering.ts";

/** Where the choice outlives the window; `vscode.Memento`. */
interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

interface LendingOptions {
  builders: Builders;
  /** null where the editor has no language models. */
  editor: ModelEditor | null;
  access: vscode.LanguageModelAccessInformation;
  memory: Memory;
  /** A builder asked for a model that the person did not allow, or not any more. */
  onNoAccess: (builder: Builder) => void;
  onError: (error: unknown) => void;
}

const memoryKey = "portwright.lent";
/** Models come and go in flocks. */
const settleMs = 1000;
/** Bound of the contract. */
const mostTokens = 2_000_000;
/** A builder takes no more at once. */
export const mostModels = 100;

/** Lends each builder the models that the person chose for it, and answers with no others. */
export class ModelLending {
  readonly #options: LendingOptions;
  readonly #answers: ModelAnswers | null;
  readonly #listening: { dispose(): void }[] = [];
  #settling: NodeJS.Timeout | undefined;
  /** One after the other, so that the newest list is what a server has in the end. */
  readonly #serially = createSerial();

  constructor(options: LendingOptions) {
    this.#options = options;
    const { builders, editor, access } = options;
    this.#answers = editor && new ModelAnswers(editor, access);
    if (!editor) return;
    this.#listening.push(
      builders.onChange(() => this.#serve()),
      builders.onState((builder) => builder.connection.state.name === "connected" && this.#lend([builder])),
      editor.lm.onDidChangeChatModels(() => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#lend(builders.list()), settleMs);
      }),
    );
    this.#serve();
  }

  /** All that the editor has now; null where it has no language models. */
  async available(): Promise<readonly vscode.LanguageModelChat[] | null> {
    return (await this.#options.editor?.lm.selectChatModels()) ?? null;
  }

  /** Keys of the models that the builder may ask. */
  keysOf({ definition }: Builder): readonly string[] {
    const models = this.#kept()[placeOf(definition)];
    return Array.isArray(models) ? models.map(String) : [];
  }

  /**
   * Lends these and no others; has to follow from what the person does, since the editor may ask him for leave. Throws what the
   * editor says where he gives none.
   */
  async choose(
    builder: Builder,
    models: readonly vscode.LanguageModelChat[],
    justification: string,
  ): Promise<void> {
    const byVendor = new Map(models.map((model) => [model.vendor, model]));
    for (const model of byVendor.values()) await this.#askLeave(model, justification);
    const { memory } = this.#options;
    const lent = { [placeOf(builder.definition)]: models.map(modelKey) };
    await memory.update(memoryKey, { ...this.#kept(), ...lent });
    await this.#send(builder);
  }

  /** Whatever stands there later is lent nothing before the person chooses anew. */
  async forget({ definition }: Builder): Promise<void> {
    const { [placeOf(definition)]: _, ...others } = this.#kept();
    await this.#options.memory.update(memoryKey, others);
  }

  dispose(): void {
    clearTimeout(this.#settling);
    for (const listening of this.#listening) listening.dispose();
  }

  /** A question that is cancelled from the start: the editor asks for leave, and sends nothing. */
  async #askLeave(model: vscode.LanguageModelChat, justification: string): Promise<void> {
    const { editor } = this.#options;
    if (!editor) return;
    const source = new editor.CancellationTokenSource();
    source.cancel();
    try {
      await model.sendRequest([editor.LanguageModelChatMessage.User("?")], { justification }, source.token);
    } catch (error) {
      // Anything else is the cancellation.
      if (failureOf(error).reason === "no-access") throw error;
    } finally {
      source.dispose();
    }
  }

  #serve(): void {
    for (const builder of this.#options.builders.list())
      builder.connection.onAsk = async (question, say, signal): Promise<Answer> => {
        const isLent = this.keysOf(builder).includes(question.model);
        const refusal = {
          reason: "no-access",
          message: `${question.model} is not lent to this builder`,
        } as const;
        const answer = isLent ? await this.#answers?.answer(question, say, signal) : undefined;
        const { failure } = answer ?? { failure: refusal };
        if (failure?.reason === "no-access") this.#options.onNoAccess(builder);
        return answer ?? { failure: refusal };
      };
  }

  #lend(builders: readonly Builder[]): void {
    for (const builder of builders)
      if (this.keysOf(builder).length > 0) this.#send(builder).catch(this.#options.onError);
  }

  #send(builder: Builder): Promise<void> {
    return this.#serially(async () => {
      const { connection } = builder;
      if (!connection.capabilities.includes("lend")) return;
      const keys = this.keysOf(builder);
      const models = (await this.available())?.filter((model) => keys.includes(modelKey(model))) ?? [];
      await connection.call("models/lend", { models: models.slice(0, mostModels).map(described) });
    });
  }

  #kept(): Record<string, unknown> {
    const kept = this.#options.memory.get(memoryKey);
    return typeof kept === "object" && kept !== null ? { ...kept } : {};
  }
}

/** Within the bounds of the contract. */
const described = ({ vendor, id, family, name, maxInputTokens }: vscode.LanguageModelChat): LentModel => ({
  ...{ vendor, id, family: family.slice(0, 200), name: name.slice(0, 200) },
  maxInputTokens: Math.max(1, Math.min(mostTokens, Math.floor(maxInputTokens))),
});
