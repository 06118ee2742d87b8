import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { connectionText } from "../cases/words.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import { messageRow, type Row } from "./row.ts";
import { ShownTree } from "./shownTree.ts";

const { t } = vscode.l10n;

/** A row with what stands below it; commands are given the whole of it. */
export interface ViewNode {
  readonly builder: string;
  readonly row: Row;
  children?(): Promise<readonly ViewNode[]> | readonly ViewNode[];
}

interface RowTreeOptions {
  id: string;
  builders: Builders;
  /** Of a server that has something to show here; null for all. */
  capability: string | null;
  /** The first rows of a builder, as they are now. Throws ConnectionLostError where there is no connection. */
  rowsOf(builder: Builder): Promise<readonly ViewNode[]>;
  /** Between two looks while a person can see the view; null where events tell of every change. */
  pollMs: number | null;
  onError(error: unknown): void;
}

/** Rows of all builders that have something to show: those of an only one stand at the top. */
export class RowTree implements vscode.Disposable {
  readonly #options: RowTreeOptions;
  readonly #tree: ShownTree<ViewNode>;
  readonly #disposal: vscode.Disposable;
  #poll: NodeJS.Timeout | undefined;

  constructor(options: RowTreeOptions) {
    this.#options = options;
    const { builders, id } = options;
    this.#tree = new ShownTree(id, {
      ...{ idOf: ({ row }) => row.id, rowOf: ({ row }) => row },
      read: (node) => (node ? this.#below(node) : this.#roots()),
    });
    const redraw = (): void => this.redraw();
    this.#disposal = vscode.Disposable.from(
      this.#tree,
      this.#tree.view.onDidChangeVisibility(() => this.#look()),
      builders.onChange(redraw),
      builders.onState(redraw),
      builders.onCases(({ change }) => change === "all" && redraw()),
    );
    this.#look();
  }

  redraw(): void {
    this.#tree.redraw();
  }

  dispose(): void {
    clearInterval(this.#poll);
    this.#disposal.dispose();
  }

  #look(): void {
    clearInterval(this.#poll);
    const { pollMs } = this.#options;
    if (pollMs !== null && this.#tree.view.visible) this.#poll = setInterval(() => this.redraw(), pollMs);
  }

  async #roots(): Promise<ViewNode[]> {
    const { builders, capability } = this.#options;
    const able = builders
      .list()
      .filter(({ connection: { state, capabilities } }) =>
        state.name !== "connected" || capability === null ? true : capabilities.includes(capability),
      );
    const [only] = able;
    if (!only || able.length > 1) return able.map((builder) => this.#builderNode(builder));
    return this.#guarded(only.name, only.name, () => this.#options.rowsOf(only));
  }

  #below({ builder, row, children }: ViewNode): Promise<ViewNode[]> {
    return this.#guarded(builder, row.id, async () => (await children?.()) ?? []);
  }

  #builderNode(builder: Builder): ViewNode {
    const { name, connection } = builder;
    const description = connectionText(connection.state, t);
    return {
      builder: name,
      row: {
        ...{ id: `builder/${name}`, label: name, description, tooltip: description },
        ...{
          accessibility: `${name}, ${description}`,
          icon: "server",
          tags: ["builder"],
          children: "expanded",
        },
      },
      children: () => this.#options.rowsOf(builder),
    };
  }

  async #guarded(builder: string, id: string, read: () => Promise<readonly ViewNode[]>): Promise<ViewNode[]> {
    try {
      return [...(await read())];
    } catch (error) {
      if (error instanceof ConnectionLostError)
        return [{ builder, row: messageRow(id, t("not connected"), "portwright.connect") }];
      this.#options.onError(error);
      const text = error instanceof Error ? error.message : String(error);
      return [{ builder, row: messageRow(id, text, "portwright.showLogs") }];
    }
  }
}
