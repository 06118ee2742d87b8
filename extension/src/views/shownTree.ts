import * as vscode from "vscode";
import { HeldRows, type RowSource } from "./heldRows.ts";
import { treeItemOf } from "./treeItem.ts";

/** Changes that come closer together than that are drawn once. */
const redrawMs = 300;

/** A view whose rows are read anew whenever something may have changed, and only while a person can see them. */
export class ShownTree<T extends object> implements vscode.TreeDataProvider<T>, vscode.Disposable {
  readonly view: vscode.TreeView<T>;
  readonly #rows: HeldRows<T>;
  readonly #redraws = new vscode.EventEmitter<T[] | undefined>();
  readonly #disposal: vscode.Disposable;
  /** Set until what it began is drawn. */
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;

  readonly onDidChangeTreeData = this.#redraws.event;

  constructor(id: string, source: RowSource<T>, options: { showCollapseAll?: boolean } = {}) {
    this.#rows = new HeldRows(source);
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this, canSelectMany: true, ...options });
    this.#disposal = vscode.Disposable.from(
      this.view,
      this.view.onDidChangeVisibility(() => this.redraw()),
      this.view.onDidCollapseElement(({ element }) => this.#rows.close(element)),
      this.view.onDidExpandElement(({ element }) => {
        if (this.#rows.open(element)) this.#redraws.fire([element]);
      }),
      this.#redraws,
    );
  }

  /** Soon, where somebody can see it. */
  redraw(): void {
    this.#isDue = true;
    if (this.view.visible) this.#timer ??= setTimeout(() => void this.#draw(), redrawMs);
  }

  getChildren(node?: T): Promise<T[]> {
    return this.#rows.below(node);
  }

  getTreeItem(node: T): vscode.TreeItem {
    return treeItemOf(this.#rows.draw(node), node);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#disposal.dispose();
  }

  async #draw(): Promise<void> {
    this.#isDue = false;
    const differing = await this.#rows.refresh();
    if (differing === "all") this.#redraws.fire(undefined);
    else if (differing.length > 0) this.#redraws.fire([...differing]);
    this.#timer = undefined;
    if (this.#isDue) this.redraw();
  }
}
