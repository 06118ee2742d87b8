import type { KeptState } from "@portwright/webview/messages";
import * as vscode from "vscode";
import type { Builders } from "../builders/builders.ts";
import { webviewIds } from "../contributions.ts";
import { SessionPanel } from "./panel.ts";

interface SessionPanelsOptions {
  extensionUri: vscode.Uri;
  builders: Builders;
  onError: (error: unknown) => void;
}

/** Case whose attempts a tab shows. */
interface SessionReference {
  builder: string;
  caseId: string;
}

/** The open session tabs, one a case at most; a reload of the window brings them back. */
export class SessionPanels implements vscode.WebviewPanelSerializer<KeptState>, vscode.Disposable {
  readonly #options: SessionPanelsOptions;
  readonly #open = new Map<string, { panel: SessionPanel; builder: string }>();
  readonly #listening: { dispose(): void };

  constructor(options: SessionPanelsOptions) {
    this.#options = options;
    this.#listening = options.builders.onChange(() => this.#rejoin());
  }

  dispose(): void {
    this.#listening.dispose();
  }

  show(session: SessionReference, title: string, number: number | null): void {
    const open = this.#open.get(keyOf(session));
    if (open) open.panel.show(number);
    else this.#adopt(createPanel(title), session, number);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = parseSessionId(state);
    if (kept && !this.#open.has(keyOf(kept))) this.#adopt(panel, kept, kept.number);
    else panel.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, session: SessionReference, number: number | null): void {
    const { extensionUri, builders, onError } = this.#options;
    const builder = builders.get(session.builder);
    if (!builder) {
      panel.dispose();
      return;
    }
    const assets = vscode.Uri.joinPath(extensionUri, "dist");
    const { caseId } = session;
    const shown = new SessionPanel({ panel, assets, builder, caseId, number, onError });
    this.#open.set(keyOf(session), { panel: shown, builder: builder.name });
    panel.onDidDispose(() => this.#open.delete(keyOf(session)));
  }

  /** One that is defined otherwise is another builder, with a connection of its own. */
  #rejoin(): void {
    for (const { panel, builder: name } of this.#open.values()) {
      const builder = this.#options.builders.get(name);
      if (builder) panel.join(builder);
    }
  }
}

const keyOf = ({ builder, caseId }: SessionReference): string => `${builder}/${caseId}`;

function createPanel(title: string): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(webviewIds.session, title, vscode.ViewColumn.Active);
}

function parseSessionId(state: unknown): (SessionReference & { number: number }) | null {
  if (typeof state !== "object" || state === null || !("sessionId" in state)) return null;
  const [, builder, caseId, number] = /^([^/]+)\/([^/]+)\/(\d+)$/.exec(String(state.sessionId)) ?? [];
  return builder && caseId && number ? { builder, caseId, number: Number(number) } : null;
}
