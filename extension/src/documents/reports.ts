import * as vscode from "vscode";
import { reportScheme } from "../contributions.ts";

/** Texts kept for documents that are still open, or may be opened again from the list of recent ones. */
const keptReports = 20;

/** Answers that a person asked for once, as documents that need not be saved. */
export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration: vscode.Disposable;
  #count = 0;

  constructor() {
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(reportScheme, this);
  }

  async show(name: string, text: string): Promise<void> {
    this.#count += 1;
    const uri = vscode.Uri.from({ scheme: reportScheme, path: `/${name}`, query: String(this.#count) });
    this.#texts.set(uri.toString(), text);
    for (const oldest of [...this.#texts.keys()].slice(0, -keptReports)) this.#texts.delete(oldest);
    await vscode.window.showTextDocument(uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? vscode.l10n.t("This report is gone; ask for it again.");
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
