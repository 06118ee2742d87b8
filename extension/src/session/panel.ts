import { randomBytes } from "node:crypto";
import type { StoredEvent } from "@portwright/server/protocol";
import { isFromView, type ToView } from "@portwright/webview/messages";
import { strings } from "@portwright/webview/strings";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { portName } from "../cases/words.ts";
import type { CommandId } from "../contributions.ts";
import { documentUri } from "../documents/fileSystem.ts";
import { fetchSession, isAboutCase } from "./fetch.ts";
import { sessionHtml } from "./html.ts";

interface SessionPanelOptions {
  panel: vscode.WebviewPanel;
  /** Folder of the view's script and style. */
  assets: vscode.Uri;
  caseId: string;
  /** null: the newest attempt, or the first one when it begins. */
  number: number | null;
  builder: Builder;
  onError: (error: unknown) => void;
}

/** One attempt in one editor tab: fetched when the view is ready, then kept current by the events about it. */
export class SessionPanel {
  readonly #options: SessionPanelOptions;
  readonly #listening: vscode.Disposable[] = [];
  #number: number | null;
  #attemptId: string | null = null;
  #ready = false;

  constructor(options: SessionPanelOptions) {
    this.#options = options;
    this.#number = options.number;
    const { panel } = options;
    const { connection, book } = options.builder;
    this.#listening.push(
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      new vscode.Disposable(connection.onEvents((events) => this.#takeEvents(events)).dispose),
      new vscode.Disposable(connection.onState(({ name }) => this.#takeState(name === "connected")).dispose),
      // After a snapshot events are missing, so that the session is read anew.
      new vscode.Disposable(book.onChange((change) => change === "all" && this.#load()).dispose),
    );
    panel.onDidDispose(() => vscode.Disposable.from(...this.#listening).dispose());
    panel.webview.html = this.#html();
  }

  /** Brings the tab to the front and shows this attempt, or the newest one. */
  show(number: number | null): void {
    this.#options.panel.reveal();
    if (number !== null && number === this.#number) return;
    this.#number = number;
    void this.#load();
  }

  #html(): string {
    const { panel, assets } = this.#options;
    panel.webview.options = { enableScripts: true, localResourceRoots: [assets] };
    const uriOf = (name: string): string =>
      panel.webview.asWebviewUri(vscode.Uri.joinPath(assets, name)).toString();
    return sessionHtml({
      language: vscode.env.language,
      cspSource: panel.webview.cspSource,
      nonce: randomBytes(16).toString("hex"),
      scriptUri: uriOf("session.js"),
      styleUri: uriOf("session.css"),
      strings: Object.fromEntries(Object.entries(strings).map(([key, text]) => [key, vscode.l10n.t(text)])),
    });
  }

  #post(message: ToView): void {
    // A tab in the background misses it; it asks for everything when it comes back.
    void this.#options.panel.webview.postMessage(message);
  }

  #takeState(connected: boolean): void {
    this.#post({ type: "connection", connected });
    if (connected && this.#attemptId === null) void this.#load();
  }

  #takeEvents(events: readonly StoredEvent[]): void {
    if (!this.#ready) return;
    const { caseId } = this.#options;
    const about = events.filter((event) => isAboutCase(event, caseId, this.#attemptId));
    if (about.length === 0) return;
    if (this.#attemptId === null) void this.#load();
    else this.#post({ type: "events", events: about });
  }

  async #load(): Promise<void> {
    const { builder, caseId, panel } = this.#options;
    const { connection, book } = builder;
    if (!this.#ready || connection.state.name !== "connected") return;
    try {
      const session = await fetchSession(builder, caseId, this.#number, (id) => book.phasesOf(id));
      this.#attemptId = session.attempt.id;
      this.#number = session.attempt.number;
      panel.title = vscode.l10n.t("{0}: attempt {1}", portName(session.case), session.attempt.number);
      this.#post({ type: "session", session });
    } catch (error) {
      this.#post({ type: "failed", text: error instanceof Error ? error.message : String(error) });
    }
  }

  async #receive(message: unknown): Promise<void> {
    if (!isFromView(message)) return;
    const { caseId, builder, onError } = this.#options;
    const { name, connection } = builder;
    const row = { kind: "case", builder: name, caseId };
    const run = (id: CommandId) => vscode.commands.executeCommand(id, row);
    try {
      switch (message.type) {
        case "ready":
          this.#ready = true;
          this.#post({ type: "connection", connected: connection.state.name === "connected" });
          return await this.#load();
        case "stop":
          return void (await run("portwright.stop"));
        case "openDiff":
          return void (await run("portwright.openDiff"));
        case "showAttempt":
          return this.show(message.number);
        case "openArtifact": {
          const { sha256 } = message;
          const uri = documentUri(name, { kind: "artifact", sha256, name: message.name });
          return void (await vscode.window.showTextDocument(uri));
        }
      }
    } catch (error) {
      onError(error);
    }
  }
}
