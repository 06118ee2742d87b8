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

/** Changes the person's own list of builders, which is where a new one is added. */
export async function changeBuilders(edit: (entries: unknown[]) => unknown[]): Promise<void> {
  const settings = vscode.workspace.getConfiguration();
  const own: unknown = settings.inspect(settingIds.builders)?.globalValue;
  await settings.update(
    settingIds.builders,
    edit(Array.isArray(own) ? own : []),
    vscode.ConfigurationTarget.Global,
  );
}
