import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import { builderRow, caseRow, partRow, partsOf, type Row, type TreeNode, targetRow } from "./nodes.ts";

/** Changes that come closer together than that are drawn once. */
const redrawMs = 100;

const { t } = vscode.l10n;

/** Builders, their targets, the failing cases, and what is known of each; drawn anew as the cases change. */
export class FailingPorts implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #builders: Builders;
  readonly #onError: (error: unknown) => void;
  readonly #redraws = new vscode.EventEmitter<undefined>();
  readonly #listening: { dispose(): void }[];
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#redraws.event;

  constructor(builders: Builders, onError: (error: unknown) => void) {
    this.#builders = builders;
    this.#onError = onError;
    const redraw = (): void => this.#redrawSoon();
    this.#listening = [builders.onChange(redraw), builders.onState(redraw), builders.onCases(redraw)];
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) {
      const [only, ...others] = this.#builders.list();
      if (only && others.length === 0) return targetsOf(only);
      return this.#builders.list().map(({ name }) => ({ kind: "builder", builder: name }));
    }
    const builder = this.#builders.get(node.builder);
    if (!builder) return [];
    if (node.kind === "builder") return targetsOf(builder);
    if (node.kind === "target")
      return builder.book
        .list()
        .filter(({ target }) => target === node.target)
        .map(({ id }) => ({ kind: "case", builder: builder.name, caseId: id }));
    return node.kind === "case" ? this.#parts(builder, node.caseId) : [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const row = this.#row(node);
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const expandable = node.kind === "target" || node.kind === "builder" ? Expanded : Collapsed;
    const item = new vscode.TreeItem(row.label, row.expandable ? expandable : None);
    item.id = row.id;
    item.description = row.description;
    item.tooltip = row.tooltip;
    item.accessibilityInformation = { label: row.accessibility };
    item.contextValue = row.tags.join("+");
    item.iconPath = new vscode.ThemeIcon(row.icon, row.color ? new vscode.ThemeColor(row.color) : undefined);
    if (row.command) item.command = { command: row.command, title: row.label, arguments: [node] };
    return item;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const listener of this.#listening) listener.dispose();
    this.#redraws.dispose();
  }

  async #parts({ name, connection }: Builder, caseId: string): Promise<TreeNode[]> {
    try {
      return partsOf(name, await connection.call("case/get", { case: caseId }));
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }

  #row(node: TreeNode): Row {
    const now = Date.now();
    const builder = this.#builders.get(node.builder);
    if (!builder) throw new Error(`builder ${node.builder} is gone`);
    if (node.kind === "builder") return builderRow(builder.name, builder.connection.state, t);
    if (node.kind === "target") {
      const cases = builder.book.list().filter(({ target }) => target === node.target);
      return targetRow(builder.name, node.target, cases, t);
    }
    if (node.kind === "case") {
      const subject = builder.book.get(node.caseId);
      if (!subject) throw new Error(`case ${node.caseId} is gone`);
      return caseRow(subject, now, t);
    }
    const phase = node.kind === "attempt" ? builder.book.phasesOf(node.attempt.id).at(-1)?.phase : undefined;
    return partRow(node, phase, now, t);
  }

  #redrawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#redraws.fire(undefined);
    }, redrawMs);
  }
}

function targetsOf({ name, book }: Builder): TreeNode[] {
  const targets = new Set(book.list().map(({ target }) => target));
  return [...targets].map((target) => ({ kind: "target", builder: name, target }));
}
