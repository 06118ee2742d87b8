import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { messageRow, moreRow, type Row } from "../views/row.ts";
import { nodeId, type TreeNode } from "./nodes.ts";
import { partRow } from "./partRows.ts";
import { builderRow, caseRow, groupRow, searchRow, targetRow } from "./rows.ts";

const { t } = vscode.l10n;

/** How a row looks now. */
export function rowOf(builders: Builders, node: TreeNode): Row {
  return knownRow(builders, node) ?? messageRow(nodeId(node), t("gone"));
}

/** null for one that is gone. */
function knownRow(builders: Builders, node: TreeNode): Row | null {
  const builder = builders.get(node.builder);
  if (!builder) return null;
  const { lists } = builder.book;
  const now = Date.now();
  switch (node.kind) {
    case "builder":
      return builderRow(node, builder.connection.state, lists.totals, t);
    case "target": {
      const counts = lists.targets.find(({ key }) => key === node.target);
      return counts ? targetRow(node, counts, t) : null;
    }
    case "group": {
      const counts = lists.groupOf(node.place);
      return counts ? groupRow(node, counts, lists.view.grouping, t) : null;
    }
    case "more": {
      const { of, place } = node;
      if (!lists.holds(place)) return null;
      const list = of === "groups" ? lists.groupsOf(place.target) : lists.casesIn(place);
      return list.rest === "search"
        ? searchRow(node, list.leftOut, t)
        : moreRow(nodeId(node), list.leftOut, t);
    }
    case "message":
      return messageRow(nodeId(node), node.text, node.command);
    case "case": {
      const subject = builder.book.get(node.caseId);
      return subject ? caseRow(node, subject, lists.view.grouping, now, t) : null;
    }
    default: {
      const phases = node.kind === "attempt" ? builder.book.phasesOf(node.attempt.id) : [];
      return partRow(node, phases.at(-1)?.phase, now, t);
    }
  }
}
