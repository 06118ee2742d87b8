import * as vscode from "vscode";
import { type BuilderDefinition, readDefinitions } from "./builders/definition.ts";
import { settingIds } from "./contributions.ts";

/** The builders that the settings name; entries that cannot be used are told of and left out. */
export function readBuilders(onProblem: (text: string) => void): BuilderDefinition[] {
  const { builders, problems } = readDefinitions(
    vscode.workspace.getConfiguration().get(settingIds.builders),
  );
  for (const problem of problems) onProblem(problem);
  return builders;
}

export function onBuildersChange(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(settingIds.builders)) listener();
  });
}

/** Entries of the person's own list of builders, as they stand there. */
export function ownBuilders(): unknown[] {
  const own: unknown = vscode.workspace.getConfiguration().inspect(settingIds.builders)?.globalValue;
  return Array.isArray(own) ? own : [];
}

/** Changes the person's own list of builders, which is where a new one is added. */
export async function changeBuilders(edit: (entries: unknown[]) => unknown[]): Promise<void> {
  await vscode.workspace
    .getConfiguration()
    .update(settingIds.builders, edit(ownBuilders()), vscode.ConfigurationTarget.Global);
}
