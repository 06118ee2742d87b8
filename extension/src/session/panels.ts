import type { KeptState } from "@portwright/webview/messages";
import * as vscode from "vscode";
import type { CaseBook } from "../cases/caseBook.ts";
import type { Connection } from "../connection/connection.ts";
import { webviewIds } from "../contributions.ts";
import { SessionPanel } from "./panel.ts";

interface SessionPanelsOptions {
  extensionUri: vscode.Uri;
  connection: Connection;
  book: CaseBook;
  onError: (error: unknown) => void;
}

/** The open session tabs, one a case at most; a reload of the window brings them back. */
export class SessionPanels implements vscode.WebviewPanelSerializer<KeptState> {
  readonly #options: SessionPanelsOptions;
  readonly #open = new Map<string, SessionPanel>();

  constructor(options: SessionPanelsOptions) {
    this.#options = options;
  }

  show(caseId: string, title: string, number: number | null): void {
    const open = this.#open.get(caseId);
    if (open) open.show(number);
    else this.#adopt(createPanel(title), caseId, number);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = parseSessionId(state);
    if (kept && !this.#open.has(kept.caseId)) this.#adopt(panel, kept.caseId, kept.number);
    else panel.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, caseId: string, number: number | null): void {
    const { extensionUri, connection, book, onError } = this.#options;
    const assets = vscode.Uri.joinPath(extensionUri, "dist");
    this.#open.set(caseId, new SessionPanel({ panel, assets, caseId, number, connection, book, onError }));
    panel.onDidDispose(() => this.#open.delete(caseId));
  }
}

function createPanel(title: string): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(webviewIds.session, title, vscode.ViewColumn.Active);
}

function parseSessionId(state: unknown): { caseId: string; number: number } | null {
  if (typeof state !== "object" || state === null || !("sessionId" in state)) return null;
  const [, caseId, number] = /^(.+)\/(\d+)$/.exec(String(state.sessionId)) ?? [];
  return caseId && number ? { caseId, number: Number(number) } : null;
}
