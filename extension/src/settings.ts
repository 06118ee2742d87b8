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
