import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { documentScheme } from "../contributions.ts";
import { offerLogFeatures } from "./log/features.ts";
import { LogProblems } from "./log/problems.ts";
import { languageOf } from "./names.ts";
import { PortsClients } from "./ports/portsClients.ts";

/** What the editor knows of ports files and of build logs. */
export function offerLanguages(
  builders: Builders,
  log: vscode.LogOutputChannel,
  onError: (error: unknown) => void,
): vscode.Disposable {
  return vscode.Disposable.from(
    chooseLanguages(onError),
    offerLogFeatures(builders),
    new LogProblems(builders, onError),
    new PortsClients(builders, log),
  );
}

/** Names a builder's documents by their paths once; a person may name them otherwise afterwards. */
function chooseLanguages(onError: (error: unknown) => void): vscode.Disposable {
  const chosen = new WeakSet<vscode.TextDocument>();
  const choose = (document: vscode.TextDocument): void => {
    const { scheme, path } = document.uri;
    const language = scheme === documentScheme ? languageOf(path) : undefined;
    if (language === undefined || chosen.has(document)) return;
    chosen.add(document);
    vscode.languages.setTextDocumentLanguage(document, language).then(undefined, onError);
  };
  for (const document of vscode.workspace.textDocuments) choose(document);
  return vscode.workspace.onDidOpenTextDocument(choose);
}
