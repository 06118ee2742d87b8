import { randomBytes } from "node:crypto";
import { type FromView, isFromView, type ToView } from "@portwright/webview/messages";
import * as vscode from "vscode";
import type { Builder } from "../builders/builder.ts";
import { portName } from "../cases/words.ts";
import type { CommandId } from "../contributions.ts";
import { documentUri } from "../documents/fileSystem.ts";
import type { DocumentReference } from "../documents/reference.ts";
import { inert } from "../inert.ts";
import { sessionHtml } from "./html.ts";
import { SessionSource } from "./source.ts";
import { sessionTexts } from "./texts.ts";

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

/** One attempt in one editor tab: draws what its source tells, and does what the person asks for in it. */
export class SessionPanel {
  readonly #options: SessionPanelOptions;
  #builder: Builder;
  #source: SessionSource;

  constructor(options: SessionPanelOptions) {
    this.#options = options;
    const { panel, builder, number } = options;
    this.#builder = builder;
    this.#source = this.#sourceOf(number);
    const listening = [
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      // What is out of sight is not kept; it asks for everything when it comes back.
      panel.onDidChangeViewState(() => panel.visible || this.#source.stop()),
    ];
    panel.onDidDispose(() => {
      this.#source.dispose();
      vscode.Disposable.from(...listening).dispose();
    });
    panel.webview.html = this.#html();
  }

  /** Brings the tab to the front and shows this attempt, or the newest one. */
  show(number: number | null): void {
    this.#options.panel.reveal();
    void this.#source.show(number);
  }

  /** Goes on with this one, which took the former's place and name. */
  join(builder: Builder): void {
    if (builder === this.#builder) return;
    const { number } = this.#source;
    this.#source.dispose();
    this.#builder = builder;
    this.#source = this.#sourceOf(number);
    if (this.#options.panel.visible) void this.#source.start();
  }

  #sourceOf(number: number | null): SessionSource {
    const { panel, caseId, onError } = this.#options;
    return new SessionSource({
      ...{ builder: this.#builder, caseId, number, onError },
      post: (message) => this.#post(message),
      onSession: ({ case: subject, attempt }) => {
        panel.title = vscode.l10n.t("{0}: attempt {1}", portName(subject), attempt.number);
      },
    });
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
      strings: sessionTexts(),
    });
  }

  #post(message: ToView): void {
    void this.#options.panel.webview.postMessage(message);
  }

  async #receive(message: unknown): Promise<void> {
    if (!isFromView(message)) return;
    try {
      await this.#act(message);
    } catch (error) {
      this.#options.onError(error);
      void vscode.window.showErrorMessage(inert(error instanceof Error ? error.message : String(error)));
    }
  }

  async #act(message: FromView): Promise<void> {
    const { caseId } = this.#options;
    const { call } = this.#builder.connection;
    switch (message.type) {
      case "ready":
        return this.#source.start();
      case "showAttempt":
        return this.#source.show(message.number);
      case "stop":
        return this.#run("portwright.stop");
      case "openDiff":
        return this.#run("portwright.openDiff");
      case "export":
        return this.#run("portwright.exportSession");
      case "pause":
        return void (await call("session/pause", { case: caseId }));
      case "resume":
        return void (await call("session/resume", { case: caseId }));
      case "steer":
        return this.#steer(message);
      case "answer": {
        const { approval, answer, text } = message;
        return void (await call("session/answer", { case: caseId, approval, answer, text }));
      }
      case "openArtifact":
        return this.#open({ kind: "artifact", sha256: message.sha256, name: message.name });
      case "openResult": {
        const { turn, call: made } = message;
        const attempt = this.#source.number ?? 1;
        return this.#open({
          kind: "callResult",
          caseId,
          attempt,
          turn,
          call: made,
          name: `${turn}-result.txt`,
        });
      }
    }
  }

  async #run(id: CommandId): Promise<void> {
    const { caseId } = this.#options;
    await vscode.commands.executeCommand(id, {
      ...{ kind: "case", builder: this.#builder.name, caseId },
      attempt: { number: this.#source.number },
    });
  }

  async #open(reference: DocumentReference): Promise<void> {
    await vscode.window.showTextDocument(documentUri(this.#builder.name, reference));
  }

  /** The view keeps the words until it hears that they have arrived. */
  async #steer({ text, mode }: Extract<FromView, { type: "steer" }>): Promise<void> {
    const { caseId } = this.#options;
    try {
      await this.#builder.connection.call("session/steer", { case: caseId, text, mode });
      this.#post({ type: "steered", problem: null });
    } catch (error) {
      this.#post({ type: "steered", problem: error instanceof Error ? error.message : String(error) });
    }
  }
}
