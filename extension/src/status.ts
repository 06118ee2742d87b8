import * as vscode from "vscode";
import type { Builder } from "./builders/builder.ts";
import type { Builders } from "./builders/builders.ts";
import { type ConnectionState, usableState, worstState } from "./connection/state.ts";
import { type ConnectionContext, contextKeys, viewIds } from "./contributions.ts";
import { inert } from "./inert.ts";

const { t } = vscode.l10n;
/** A connection that mends itself within that time is not worth a word. */
const quietMs = 30_000;

/** Shows everywhere how the connections stand and how many cases wait for a person. */
export function showStatus(builders: Builders): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("portwright.status", vscode.StatusBarAlignment.Left);
  item.name = "Portwright";
  /** A view stays where it was while a connection is lost. */
  const known = new Set<string>();
  const draw = (): void => {
    const states = builders.list().map(({ connection }) => connection.state);
    const worst = worstState(states);
    void vscode.commands.executeCommand("setContext", contextKeys.connection, contextOf(usableState(states)));
    for (const { connection } of builders.list()) for (const name of connection.capabilities) known.add(name);
    void vscode.commands.executeCommand("setContext", contextKeys.hasSessions, known.has("sessions"));
    void vscode.commands.executeCommand("setContext", contextKeys.hasEnvironments, known.has("environments"));
    void vscode.commands.executeCommand("setContext", contextKeys.hasForge, known.has("forge"));
    const { text, tooltip } = describe(worst, builders.totals.needsPerson);
    item.text = text;
    item.tooltip = tooltip;
    item.command =
      worst === null || worst.name === "stopped" || worst.name === "idle"
        ? "portwright.connect"
        : `${viewIds.failingPorts}.focus`;
  };
  const telling = new Map<Builder, NodeJS.Timeout>();
  const onState = (builder: Builder): void => {
    draw();
    const { state } = builder.connection;
    // At the end of that time another try may be under way, which has no reason yet.
    if (state.name === "waiting" && !telling.has(builder))
      telling.set(
        builder,
        setTimeout(() => void tellLoss(builder.name, state.reason), quietMs),
      );
    else if (state.name !== "waiting" && state.name !== "connecting") {
      clearTimeout(telling.get(builder));
      telling.delete(builder);
    }
    if (state.name === "stopped") void tellLoss(builder.name, state.reason);
  };
  const listening = [builders.onChange(draw), builders.onState(onState), builders.onLists(draw)];
  draw();
  item.show();
  return new vscode.Disposable(() => {
    for (const timer of telling.values()) clearTimeout(timer);
    for (const listener of listening) listener.dispose();
    item.dispose();
  });
}

function contextOf(state: ConnectionState | null): ConnectionContext {
  if (state === null) return "noBuilder";
  return state.name === "stopped" ? state.problem : state.name;
}

function describe(state: ConnectionState | null, waiting: number): { text: string; tooltip: string } {
  switch (state?.name) {
    case undefined:
      return { text: "$(plug) Portwright", tooltip: t("Portwright: no builder yet") };
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

async function tellLoss(name: string, reason: string): Promise<void> {
  const showLogs = t("Show Logs");
  const chosen = await vscode.window.showWarningMessage(
    inert(t("Portwright has no connection to {0}: {1}", name, reason)),
    showLogs,
  );
  if (chosen === showLogs) await vscode.commands.executeCommand("portwright.showLogs");
}
