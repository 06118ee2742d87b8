import type { CaseDetail } from "@portwright/server/protocol";
import * as vscode from "vscode";
import type { CaseBook, CaseBookChange } from "../cases/caseBook.ts";
import type { Call } from "../connection/client.ts";
import { caseRow, partRow, partsOf, type Row, type TreeNode, targetRow } from "./nodes.ts";

/** Changes that come closer together than that are drawn once. */
const redrawMs = 100;

const { t } = vscode.l10n;

/** Targets, their failing cases, and what is known of each; drawn anew as the cases change. */
export class FailingPorts implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #book: CaseBook;
  readonly #call: Call;
  readonly #onError: (error: unknown) => void;
  readonly #redraws = new vscode.EventEmitter<TreeNode | undefined>();
  readonly #listening: vscode.Disposable;
  /** One object a row that is redrawn by itself: the editor finds rows by identity. */
  readonly #caseNodes = new Map<string, Extract<TreeNode, { kind: "case" }>>();
  /** What was drawn, by case: its target's rows are redrawn only when their order may have changed. */
  readonly #placesDrawn = new Map<string, string>();
  #pending: CaseBookChange = new Set();
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#redraws.event;

  constructor(book: CaseBook, call: Call, onError: (error: unknown) => void) {
    this.#book = book;
    this.#call = call;
    this.#onError = onError;
    this.#listening = book.onChange((change) => this.#redrawSoon(change));
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) {
      const targets = new Set(this.#book.list().map(({ target }) => target));
      return [...targets].map((target) => ({ kind: "target", target }));
    }
    if (node.kind === "target")
      return this.#book
        .list()
        .filter(({ target }) => target === node.target)
        .map(({ id, state }) => {
          this.#placesDrawn.set(id, state);
          return this.#caseNode(id);
        });
    return node.kind === "case" ? this.#parts(node.caseId) : [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const row = this.#row(node);
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    const expandable = node.kind === "target" ? Expanded : Collapsed;
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

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === "target") return undefined;
    if (node.kind !== "case") return this.#caseNode(node.caseId);
    const subject = this.#book.get(node.caseId);
    return subject && { kind: "target", target: subject.target };
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listening.dispose();
    this.#redraws.dispose();
  }

  #caseNode(caseId: string): Extract<TreeNode, { kind: "case" }> {
    const node = this.#caseNodes.get(caseId) ?? { kind: "case", caseId };
    this.#caseNodes.set(caseId, node);
    return node;
  }

  async #parts(caseId: string): Promise<TreeNode[]> {
    try {
      const detail: CaseDetail = await this.#call("case/get", { case: caseId });
      return partsOf(detail);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }

  #row(node: TreeNode): Row {
    const now = Date.now();
    if (node.kind === "target") {
      const cases = this.#book.list().filter(({ target }) => target === node.target);
      return targetRow(node.target, cases, t);
    }
    if (node.kind === "case") {
      const subject = this.#book.get(node.caseId);
      if (!subject) throw new Error(`case ${node.caseId} is gone`);
      return caseRow(subject, now, t);
    }
    const phase = node.kind === "attempt" ? this.#book.phasesOf(node.attempt.id).at(-1) : undefined;
    return partRow(node, phase, now, t);
  }

  #redrawSoon(change: CaseBookChange): void {
    this.#pending =
      change === "all" || this.#pending === "all" ? "all" : new Set([...this.#pending, ...change]);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const pending = this.#pending;
      this.#pending = new Set();
      this.#redraw(pending);
    }, redrawMs);
  }

  #redraw(change: CaseBookChange): void {
    const moved =
      change === "all" || [...change].some((id) => this.#book.get(id)?.state !== this.#placesDrawn.get(id));
    if (moved) {
      this.#forgetGone();
      this.#redraws.fire(undefined);
    } else for (const id of change) this.#redraws.fire(this.#caseNode(id));
  }

  #forgetGone(): void {
    for (const id of this.#caseNodes.keys()) {
      if (this.#book.get(id)) continue;
      this.#caseNodes.delete(id);
      this.#placesDrawn.delete(id);
    }
  }
}
