import * as vscode from "vscode";
import type { ClientOptions } from "./connection/client.ts";
import { settingIds } from "./contributions.ts";

const defaultCommand = ["portwright"];

/** What the settings say; a command that is no list of words is taken for the default. */
export function readSettings(): Pick<ClientOptions, "command" | "stateDir"> {
  const settings = vscode.workspace.getConfiguration();
  const command: unknown = settings.get(settingIds.command);
  const state: unknown = settings.get(settingIds.state);
  const isCommand =
    Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === "string");
  return {
    command: isCommand ? command : defaultCommand,
    stateDir: typeof state === "string" ? state : "",
  };
}

export function onSettingsChange(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (Object.values(settingIds).some((id) => change.affectsConfiguration(id))) listener();
  });
}
