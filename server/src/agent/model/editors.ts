import type { ClientMethodParams, ClientMethodResult, LentModel, ModelPiece } from "../../protocol/index.ts";

export type EditorQuestion = Omit<ClientMethodParams<"model/ask">, "ask">;
export type EditorAnswer = ClientMethodResult<"model/ask">;

/** What attempts record as the provider of an editor's model. */
export const editorProviderName = "editor";

/** A connected editor, as one that can be asked. */
export interface Editor {
  /** For a person. */
  readonly client: string;
  /**
   * Gives the pieces of the answer as they come, none after it has settled. Throws EditorGoneError when the connection ends, an
   * AbortError as soon as `signal` is aborted, and whatever else a client may answer.
   */
  ask(
    question: EditorQuestion,
    onPiece: (piece: Omit<ModelPiece, "ask">) => void,
    signal: AbortSignal,
  ): Promise<EditorAnswer>;
}

/** The connection to an editor ended before its answer. */
export class EditorGoneError extends Error {
  override readonly name = "EditorGoneError";
}

/** A model by what people call it: its id or its family, of one vendor or of any. */
export interface WantedModel {
  vendor?: string | undefined;
  model: string;
}

export const wantedLabel = ({ vendor, model }: WantedModel): string =>
  vendor === undefined ? model : `${vendor}/${model}`;

export interface Lent {
  editor: Editor;
  model: LentModel;
}

export const lentKey = ({ vendor, id }: Pick<LentModel, "vendor" | "id">): string => `${vendor}/${id}`;

/** Models that connected editors lend, in the order in which the editors began to. */
export class LentModels {
  readonly #lent = new Map<Editor, readonly LentModel[]>();

  /** Replaces what the editor lent before. */
  lend(editor: Editor, models: readonly LentModel[]): void {
    if (models.length === 0) this.#lent.delete(editor);
    else this.#lent.set(editor, models);
  }

  /**
   * The editor that lends such a model for the longest time, and its model of that id, else the first of that family. Those
   * that are `spared` are passed over.
   */
  find({ vendor, model }: WantedModel, spared: (editor: Editor) => boolean = () => false): Lent | null {
    for (const by of ["id", "family"] as const)
      for (const [editor, models] of this.#lent) {
        if (spared(editor)) continue;
        const found = models.find((one) => one[by] === model && (vendor ?? one.vendor) === one.vendor);
        if (found) return { editor, model: found };
      }
    return null;
  }

  editors(): Editor[] {
    return [...this.#lent.keys()];
  }

  /** Each model once, with the editor that is asked for it. */
  list(): Lent[] {
    const byKey = new Map<string, Lent>();
    for (const [editor, models] of this.#lent)
      for (const model of models)
        if (!byKey.has(lentKey(model))) byKey.set(lentKey(model), { editor, model });
    return [...byKey.values()];
  }
}
