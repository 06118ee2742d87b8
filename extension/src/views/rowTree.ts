import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { connectionText } from "../cases/words.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import { messageRow, type Row } from "./row.ts";
import { treeItemOf } from "./treeItem.ts";

/** Changes that come closer together than that are drawn once. */
const redrawMs = 500;

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

/** A view whose rows are read anew whenever something may have changed, and only while a person can see them. */
export class RowTree implements vscode.TreeDataProvider<ViewNode>, vscode.Disposable {
  readonly #options: RowTreeOptions;
  readonly #redraws = new vscode.EventEmitter<undefined>();
  readonly #disposal: vscode.Disposable;
  readonly view: vscode.TreeView<ViewNode>;
  #timer: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#redraws.event;

  constructor(options: RowTreeOptions) {
    this.#options = options;
    const { builders, id } = options;
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this, canSelectMany: true });
    const redraw = (): void => this.redraw();
    this.#disposal = vscode.Disposable.from(
      this.view,
      this.view.onDidChangeVisibility(() => this.#look()),
      builders.onChange(redraw),
      builders.onState(redraw),
      builders.onCases(({ change }) => change === "all" && redraw()),
      this.#redraws,
    );
    this.#look();
  }

  /** Soon, where somebody can see it. */
  redraw(): void {
    if (!this.view.visible) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#redraws.fire(undefined);
    }, redrawMs);
  }

  async getChildren(node?: ViewNode): Promise<ViewNode[]> {
    if (node) return this.#guarded(node.builder, node.row.id, async () => (await node.children?.()) ?? []);
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

  getTreeItem(node: ViewNode): vscode.TreeItem {
    return treeItemOf(node.row, node);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#poll);
    this.#disposal.dispose();
  }

  #look(): void {
    clearInterval(this.#poll);
    const { pollMs } = this.#options;
    if (!this.view.visible) return;
    this.redraw();
    if (pollMs !== null) this.#poll = setInterval(() => this.redraw(), pollMs);
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
