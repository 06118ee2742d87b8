import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { Builders } from "../builders/builders.ts";
import type { CasePlace } from "../cases/casePlace.ts";
import { connectionText } from "../cases/words.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import { viewIds } from "../contributions.ts";
import type { PagedList } from "../pagedList.ts";
import { ShownTree } from "../views/shownTree.ts";
import { type NodeOf, nodeId, partsOf, type TreeNode } from "./nodes.ts";
import { rowOf } from "./rowOf.ts";

const { t } = vscode.l10n;
const isConnected = ({ connection }: Builder): boolean => connection.state.name === "connected";

/** Builders, their targets, groups of failing cases, the cases, and what is known of each. */
export class FailingPorts implements vscode.Disposable {
  readonly #builders: Builders;
  readonly #onError: (error: unknown) => void;
  readonly #tree: ShownTree<TreeNode>;
  readonly #disposal: vscode.Disposable;

  constructor(builders: Builders, onError: (error: unknown) => void) {
    this.#builders = builders;
    this.#onError = onError;
    this.#tree = new ShownTree(
      viewIds.failingPorts,
      { idOf: nodeId, rowOf: (node) => rowOf(builders, node), read: (node) => this.#read(node) },
      { showCollapseAll: true },
    );
    const redraw = (): void => this.#tree.redraw();
    this.#disposal = vscode.Disposable.from(
      this.#tree,
      this.view.onDidCollapseElement(({ element }) => this.#close(element)),
      builders.onChange(redraw),
      builders.onState(redraw),
      builders.onLists(redraw),
      builders.onCases(redraw),
    );
  }

  get view(): vscode.TreeView<TreeNode> {
    return this.#tree.view;
  }

  /** Shows one more page of what stands beyond the shown rows. */
  async showMore({ builder, of, place }: NodeOf<"more">): Promise<void> {
    const lists = this.#builders.get(builder)?.book.lists;
    if (!lists) return;
    await (of === "groups" ? lists.groupsOf(place.target) : lists.casesIn(place)).more();
    this.#tree.redraw();
  }

  dispose(): void {
    this.#disposal.dispose();
  }

  /** What stood below it need not be kept current by the builder any more. */
  #close(node: TreeNode): void {
    const place = placeBelow(node);
    if (place) this.#builders.get(node.builder)?.book.lists.forget(place);
  }

  async #read(node: TreeNode | undefined): Promise<readonly TreeNode[]> {
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

  #roots(): TreeNode[] {
    const [only, ...others] = this.#builders.list();
    if (!only || others.length > 0)
      return this.#builders.list().map(({ name }) => ({ kind: "builder", builder: name }));
    return this.#targets(only);
  }

  #targets(builder: Builder): TreeNode[] {
    const { name, connection } = builder;
    const { lists } = builder.book;
    if (lists.targets.length > 0)
      return lists.targets.map(({ key }) => ({ kind: "target", builder: name, target: key }));
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
    const rows = list.items.map(nodeOf);
    return list.rest === "none" ? rows : [...rows, { kind: "more", builder: name, of, place }];
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
}

/** Where cases stand directly below the row. */
function placeBelow(node: TreeNode): CasePlace | null {
  if (node.kind === "group") return node.place;
  return node.kind === "target" ? { target: node.target, group: null } : null;
}
