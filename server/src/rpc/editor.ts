import { type CancellationToken, CancellationTokenSource } from "vscode-jsonrpc/node";
import {
  type Editor,
  type EditorAnswer,
  EditorGoneError,
  type EditorQuestion,
} from "../agent/model/editors.ts";
import {
  type ClientMethodName,
  type ClientMethodParams,
  clientMethods,
  type ModelPiece,
} from "../protocol/index.ts";

/** Questions that one client may have unanswered, those that we gave up included. */
const maxUnanswered = 32;

interface ConnectedEditorOptions {
  client: () => string;
  request: <M extends ClientMethodName>(
    method: M,
    params: ClientMethodParams<M>,
    token: CancellationToken,
  ) => Promise<unknown>;
  /** Closed with the connection. */
  closed: AbortSignal;
}

/** The client of one connection, as an editor that lends models. Nothing that it sends, or leaves out, holds up who asks. */
export class ConnectedEditor implements Editor {
  readonly #options: ConnectedEditorOptions;
  readonly #listeners = new Map<string, (piece: Omit<ModelPiece, "ask">) => void>();
  #asked = 0;
  #unanswered = 0;

  constructor(options: ConnectedEditorOptions) {
    this.#options = options;
  }

  get client(): string {
    return this.#options.client();
  }

  async ask(
    question: EditorQuestion,
    onPiece: (piece: Omit<ModelPiece, "ask">) => void,
    signal: AbortSignal,
  ): Promise<EditorAnswer> {
    const { closed, request } = this.#options;
    if (closed.aborted) throw new EditorGoneError(gone);
    signal.throwIfAborted();
    if (this.#unanswered >= maxUnanswered)
      throw new Error(`${this.client} leaves ${this.#unanswered} questions unanswered`);
    this.#asked += 1;
    const ask = String(this.#asked);
    const ended = Promise.withResolvers<never>();
    const source = new CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
      ended.reject(signal.reason);
    };
    const leave = (): void => ended.reject(new EditorGoneError(gone));
    signal.addEventListener("abort", cancel, { once: true });
    closed.addEventListener("abort", leave, { once: true });
    this.#listeners.set(ask, onPiece);
    this.#unanswered += 1;
    try {
      const answer = request("model/ask", { ask, ...question }, source.token).finally(() => {
        this.#unanswered -= 1;
      });
      return clientMethods["model/ask"][1].parse(await Promise.race([answer, ended.promise]));
    } catch (error) {
      // The connection's own words for its end say less.
      throw closed.aborted ? new EditorGoneError(gone, { cause: error }) : error;
    } finally {
      this.#listeners.delete(ask);
      signal.removeEventListener("abort", cancel);
      closed.removeEventListener("abort", leave);
      source.dispose();
    }
  }

  /** Pieces that nobody waits for are dropped. */
  piece({ ask, ...piece }: ModelPiece): void {
    this.#listeners.get(ask)?.(piece);
  }
}

const gone = "the editor's connection ended";
