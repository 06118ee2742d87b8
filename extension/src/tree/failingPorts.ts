import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import type { CaseListsChange } from "../cases/caseLists.ts";
import { type CasePlace, placeOf } from "../cases/casePlace.ts";
import { connectionText } from "../cases/words.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import type { PagedList } from "../pagedList.ts";
import { treeItemOf } from "../views/treeItem.ts";
import { type NodeOf, nodeId, partsOf, type TreeNode } from "./nodes.ts";
import { rowOf } from "./rowOf.ts";

/** Changes that come closer together than that are drawn once. */
const redrawMs = 100;

const { t } = vscode.l10n;
const isConnected = ({ connection }: Builder): boolean => connection.state.name === "connected";

/** Builders, their targets, groups of failing cases, the cases, and what is known of each. */
export class FailingPorts implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #builders: Builders;
  readonly #onError: (error: unknown) => void;
  readonly #redraws = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly #listening: { dispose(): void }[];
  /** By id: a row that is asked for again is the same object, and stays open and selected. */
  readonly #nodes = new Map<string, TreeNode>();
  /** Rows to be drawn anew; `all` of them. */
  #due: Set<TreeNode> | "all" = new Set();
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#redraws.event;

  constructor(builders: Builders, onError: (error: unknown) => void) {
    this.#builders = builders;
    this.#onError = onError;
    this.#listening = [
      builders.onChange(() => this.#redrawAll()),
      builders.onState(() => this.#redrawAll()),
      builders.onLists(({ builder, change }) => this.#redrawLists(builder, change)),
      builders.onCases(({ builder, change }) => {
        if (change === "all") this.#redrawAll();
        else for (const id of change) this.#redrawCase(builder, id);
      }),
    ];
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return this.#roots();
    const builder = this.#builders.get(node.builder);
    if (!builder) return [];
    switch (node.kind) {
      case "builder":
        return this.#targets(builder);
      case "target":
        return builder.book.lists.view.grouping === "none"
          ? this.#casesIn(builder, { target: node.target, group: null })
          : this.#groupsOf(builder, node.target);
      case "group":
        return this.#casesIn(builder, node.place);
      case "case":
        return this.#parts(builder, node);
      default:
        return [];
    }
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return treeItemOf(rowOf(this.#builders, node), node);
  }

  /** Shows one more page of what stands beyond the shown rows. */
  async showMore({ builder, of, place }: NodeOf<"more">): Promise<void> {
    const lists = this.#builders.get(builder)?.book.lists;
    if (!lists) return;
    await (of === "groups" ? lists.groupsOf(place.target) : lists.casesIn(place)).more();
    this.#redraw(this.#nodes.get(nodeId(parentOf(builder, place))));
  }

  /** The person closed the row: what stands below it need not be current any more. */
  close(node: TreeNode): void {
    const place = placeBelow(node);
    if (place) this.#builders.get(node.builder)?.book.lists.forget(place);
  }

  /** The person opened it again. */
  open(node: TreeNode): void {
    const place = placeBelow(node);
    const lists = this.#builders.get(node.builder)?.book.lists;
    if (place && lists && !lists.holds(place)) this.#redraw(node);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const listener of this.#listening) listener.dispose();
    this.#redraws.dispose();
  }

  #roots(): TreeNode[] {
    const [only, ...others] = this.#builders.list();
    if (!only || others.length > 0)
      return this.#builders.list().map(({ name }) => this.#kept({ kind: "builder", builder: name }));
    return this.#targets(only);
  }

  #targets(builder: Builder): TreeNode[] {
    const { name, connection } = builder;
    const { lists } = builder.book;
    if (lists.targets.length > 0)
      return lists.targets.map(({ key }) => this.#kept({ kind: "target", builder: name, target: key }));
    const message = (text: string, command?: NodeOf<"message">["command"]): TreeNode[] => [
      { kind: "message", builder: name, text, ...(command && { command }) },
    ];
    if (isConnected(builder) && lists.totals.cases > 0)
      return message(t("No failing port fits the filter"), "portwright.clearFilter");
    // An only builder's welcome view says more, and offers the remedy.
    if (this.#builders.list().length === 1) return [];
    if (isConnected(builder)) return message(t("No port is failing"));
    const { state } = connection;
    return message("reason" in state ? state.reason : connectionText(state, t), "portwright.connect");
  }

  #groupsOf(builder: Builder, target: string): Promise<TreeNode[]> {
    return this.#listed(
      builder,
      "groups",
      { target, group: null },
      builder.book.lists.groupsOf(target),
      (group) => ({
        ...{ kind: "group", builder: builder.name, place: { target, group: group.key } },
      }),
    );
  }

  #casesIn(builder: Builder, place: CasePlace): Promise<TreeNode[]> {
    return this.#listed(builder, "cases", place, builder.book.lists.casesIn(place), (caseId) => ({
      ...{ kind: "case", builder: builder.name, caseId, place },
    }));
  }

  async #listed<T>(
    { name }: Builder,
    of: NodeOf<"more">["of"],
    place: CasePlace,
    list: PagedList<T>,
    nodeOf: (item: T) => TreeNode,
  ): Promise<TreeNode[]> {
    try {
      await list.open();
    } catch (error) {
      return this.#failed(name, error);
    }
    // A row that moved on while pages were read would stand twice.
    const rows = [...new Set(list.items.map((item) => this.#kept(nodeOf(item))))];
    return list.rest === "none" ? rows : [...rows, this.#kept({ kind: "more", builder: name, of, place })];
  }

  async #parts({ name, connection }: Builder, node: NodeOf<"case">): Promise<TreeNode[]> {
    const { caseId } = node;
    try {
      const [detail, { deliveries }] = await Promise.all([
        connection.call("case/get", { case: caseId }),
        connection.capabilities.includes("delivery")
          ? connection.call("delivery/list", { case: caseId })
          : { deliveries: [] },
      ]);
      return partsOf(node, detail, deliveries);
    } catch (error) {
      return this.#failed(name, error);
    }
  }

  #failed(builder: string, error: unknown): TreeNode[] {
    if (error instanceof ConnectionLostError)
      return [{ kind: "message", builder, text: t("not connected"), command: "portwright.connect" }];
    this.#onError(error);
    const text = error instanceof Error ? error.message : String(error);
    return [{ kind: "message", builder, text, command: "portwright.showLogs" }];
  }

  /** The same object for the same row. */
  #kept(node: TreeNode): TreeNode {
    const id = nodeId(node);
    const kept = this.#nodes.get(id);
    if (!kept) this.#nodes.set(id, node);
    return kept ?? node;
  }

  #redrawAll(): void {
    this.#due = "all";
    this.#redrawSoon();
  }

  #redrawLists({ name }: Builder, change: CaseListsChange): void {
    if (change === "all") this.#redrawAll();
    else
      for (const target of change)
        this.#redraw(this.#nodes.get(nodeId({ kind: "target", builder: name, target })));
  }

  #redrawCase({ name, book }: Builder, caseId: string): void {
    const subject = book.get(caseId);
    if (!subject) return;
    const place = placeOf(subject, book.lists.view.grouping);
    this.#redraw(this.#nodes.get(nodeId({ kind: "case", builder: name, caseId, place })));
  }

  #redraw(node: TreeNode | undefined): void {
    if (!node || this.#due === "all") return;
    this.#due.add(node);
    this.#redrawSoon();
  }

  #redrawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const due = this.#due;
      this.#due = new Set();
      if (due === "all") this.#forgetGone();
      this.#redraws.fire(due === "all" ? undefined : [...due]);
    }, redrawMs);
  }

  #forgetGone(): void {
    for (const [id, node] of this.#nodes)
      if (node.kind === "case" && !this.#builders.get(node.builder)?.book.get(node.caseId))
        this.#nodes.delete(id);
  }
}

/** Where cases stand directly below the row. */
function placeBelow(node: TreeNode): CasePlace | null {
  if (node.kind === "group") return node.place;
  return node.kind === "target" ? { target: node.target, group: null } : null;
}

function parentOf(builder: string, { target, group }: CasePlace): TreeNode {
  return group === null
    ? { kind: "target", builder, target }
    : { kind: "group", builder, place: { target, group } };
}
