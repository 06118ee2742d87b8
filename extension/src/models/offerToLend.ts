import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import type { CommandId } from "../contributions.ts";

const { t } = vscode.l10n;
const command: CommandId = "portwright.lendModels";

/** Says once for each builder that it asked for a model without leave, and offers to give it. */
export function offerToLend(onError: (error: unknown) => void): (builder: Builder) => void {
  const told = new Set<string>();
  const offer = async ({ name }: Builder): Promise<void> => {
    const lend = t("Lend Models...");
    const message = t("{0} asked for a model of this editor that it may not use.", name);
    if ((await vscode.window.showWarningMessage(message, lend)) === lend)
      await vscode.commands.executeCommand(command, { builder: name });
  };
  return (builder) => {
    if (told.has(builder.name)) return;
    told.add(builder.name);
    offer(builder).catch(onError);
  };
}
