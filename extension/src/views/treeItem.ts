import * as vscode from "vscode";
import type { Row } from "./row.ts";

/** The row as the editor draws it; its command is given `node`. */
export function treeItemOf(row: Row, node: unknown): vscode.TreeItem {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(
    row.label,
    { none: None, collapsed: Collapsed, expanded: Expanded }[row.children],
  );
  item.id = row.id;
  item.description = row.description;
  item.tooltip = row.tooltip;
  item.accessibilityInformation = { label: row.accessibility };
  item.contextValue = row.tags.join("+");
  item.iconPath = new vscode.ThemeIcon(row.icon, row.color ? new vscode.ThemeColor(row.color) : undefined);
  if (row.resource) item.resourceUri = vscode.Uri.from(row.resource);
  if (row.command) item.command = { command: row.command, title: row.label, arguments: [node] };
  return item;
}
