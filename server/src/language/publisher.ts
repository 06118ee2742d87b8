import type { TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { StoredEvent } from "../protocol/index.ts";
import { type Knowledge, portsDocument } from "./document.ts";
import type { Problem } from "./problem.ts";
import { problemsIn } from "./problems.ts";

interface PublisherOptions {
  knowledge: Knowledge;
  documents: TextDocuments<TextDocument>;
  send: (uri: string, version: number, problems: Problem[]) => Promise<void>;
  refreshLenses: () => Promise<unknown>;
  onError: (what: string, error: unknown) => void;
}

/** What is typed or recorded within that is looked at once. */
const settleMs = 150;

/**
 * Tells the problems of open documents when they change, and anew when the evidence does. One document is looked at
 * after the other and each is sent before the next, so that a client which does not read queues nothing here.
 */
export class Publisher implements Disposable {
  canRefreshLenses = false;
  readonly #options: PublisherOptions;
  readonly #waiting = new Set<string>();
  readonly #listening: Disposable;
  #lensesAreOld = false;
  #refreshing = false;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #ended = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#listening = options.knowledge.store.onAppend((events) => {
      if (events.some(isEvidence)) this.#evidenceChanged();
    });
  }

  changed(uri: string): void {
    this.#waiting.add(uri);
    this.#schedule();
  }

  /** The client forgets the problems of a closed document only when it is told so. */
  closed(uri: string): void {
    this.changed(uri);
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#listening[Symbol.dispose]();
  }

  #evidenceChanged(): void {
    for (const uri of this.#options.documents.keys()) this.#waiting.add(uri);
    if (this.#waiting.size === 0) return;
    this.#lensesAreOld = true;
    this.#schedule();
  }

  /** One at a time, since a client may never answer. */
  #refreshLenses(): void {
    if (!this.#lensesAreOld || !this.canRefreshLenses || this.#refreshing) return;
    this.#lensesAreOld = false;
    this.#refreshing = true;
    this.#options
      .refreshLenses()
      .catch((error: unknown) => {
        if (!this.#ended) this.#options.onError("lenses", error);
      })
      .finally(() => {
        this.#refreshing = false;
        this.#refreshLenses();
      });
  }

  #schedule(): void {
    if (this.#busy || this.#ended) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#publish(), settleMs);
    this.#timer.unref();
  }

  async #publish(): Promise<void> {
    this.#busy = true;
    try {
      for (const uri of this.#waiting) {
        if (this.#ended) return;
        this.#waiting.delete(uri);
        await this.#publishOne(uri);
      }
      this.#refreshLenses();
    } catch (error) {
      if (!this.#ended) this.#options.onError("diagnostics", error);
    } finally {
      this.#busy = false;
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  async #publishOne(uri: string): Promise<void> {
    const { documents, knowledge, send } = this.#options;
    const open = documents.get(uri);
    const document = open ? await portsDocument(uri, open.getText(), knowledge) : null;
    const problems = document ? await problemsIn(document, knowledge) : [];
    await send(uri, open?.version ?? 0, problems);
  }
}

const isEvidence = ({ type }: StoredEvent): boolean => type === "case/changed" || type === "bundle/added";
