import * as vscode from "vscode";
import { needsPerson } from "./cases/actions.ts";
import type { CaseBook } from "./cases/caseBook.ts";
import type { Connection } from "./connection/connection.ts";
import type { ConnectionState } from "./connection/state.ts";
import { type ConnectionContext, contextKeys, viewIds } from "./contributions.ts";
import type { TreeNode } from "./tree/nodes.ts";

const { t } = vscode.l10n;
/** A connection that mends itself within that time is not worth a word. */
const quietMs = 30_000;

/** Shows everywhere how the connection stands and how many cases wait for a person. */
export function showStatus(
  connection: Connection,
  book: CaseBook,
  view: vscode.TreeView<TreeNode>,
): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("portwright.status", vscode.StatusBarAlignment.Left);
  item.name = "Portwright";
  const draw = (): void => {
    const { state } = connection;
    const waiting = book.list().filter(needsPerson).length;
    const { text, tooltip } = describe(state, waiting);
    item.text = text;
    item.tooltip = tooltip;
    item.command =
      state.name === "stopped" || state.name === "idle"
        ? "portwright.connect"
        : `${viewIds.failingPorts}.focus`;
    view.badge = waiting > 0 ? { value: waiting, tooltip: t("waiting for you: {0}", waiting) } : undefined;
    // Over an empty tree a message would hide the welcome view, which offers the remedy.
    const message = "reason" in state && book.list().length > 0 ? state.reason : undefined;
    if (view.message !== message) view.message = message;
  };
  let telling: NodeJS.Timeout | undefined;
  const onState = (state: ConnectionState): void => {
    void vscode.commands.executeCommand("setContext", contextKeys.connection, contextOf(state));
    draw();
    if (state.name === "waiting") telling ??= setTimeout(() => void tellLoss(connection), quietMs);
    else if (state.name !== "connecting") {
      clearTimeout(telling);
      telling = undefined;
    }
    if (state.name === "stopped") void tellLoss(connection);
  };
  const listening = [connection.onState(onState), book.onChange(draw)];
  onState(connection.state);
  item.show();
  return new vscode.Disposable(() => {
    clearTimeout(telling);
    for (const listener of listening) listener.dispose();
    item.dispose();
  });
}

function contextOf(state: ConnectionState): ConnectionContext {
  return state.name === "stopped" ? state.problem : state.name;
}

function describe(state: ConnectionState, waiting: number): { text: string; tooltip: string } {
  switch (state.name) {
    case "connected":
      return waiting > 0
        ? {
            text: `$(tools) ${t("{0} for you", waiting)}`,
            tooltip: t("Portwright, cases that wait for you: {0}", waiting),
          }
        : { text: "$(tools) Portwright", tooltip: t("Portwright: connected, nothing waits for you") };
    case "connecting":
      return { text: "$(loading~spin) Portwright", tooltip: t("Portwright: connecting") };
    case "waiting":
      return {
        text: "$(debug-disconnect) Portwright",
        tooltip: t("Portwright: trying again. {0}", state.reason),
      };
    case "stopped":
      return { text: "$(error) Portwright", tooltip: t("Portwright: not connected. {0}", state.reason) };
    case "idle":
      return { text: "$(plug) Portwright", tooltip: t("Portwright: not connected") };
  }
}

async function tellLoss(connection: Connection): Promise<void> {
  const { state } = connection;
  if (!("reason" in state)) return;
  const showLogs = t("Show Logs");
  const chosen = await vscode.window.showWarningMessage(
    t("Portwright has no connection to its server: {0}", state.reason),
    showLogs,
  );
  if (chosen === showLogs) await vscode.commands.executeCommand("portwright.showLogs");
}
