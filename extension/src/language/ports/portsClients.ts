import * as vscode from "vscode";
import type { Builder } from "../../builders/builder.ts";
import type { Builders } from "../../builders/builders.ts";
import { portsFiles } from "./files.ts";

/** How often a channel that the server ended is opened anew over one connection. */
const maxRestarts = 3;

interface Running {
  readonly files: boolean;
  readonly end: AbortController;
}

/** A language client for each connected builder, from the first ports file on that is opened in this window. */
export class PortsClients implements vscode.Disposable {
  readonly #builders: Builders;
  readonly #log: vscode.LogOutputChannel;
  readonly #running = new Map<Builder, Running>();
  readonly #listening: { dispose(): void }[];
  #wanted = false;

  constructor(builders: Builders, log: vscode.LogOutputChannel) {
    this.#builders = builders;
    this.#log = log;
    this.#listening = [
      vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)),
      builders.onState(() => this.#update()),
      builders.onChange(() => this.#update()),
    ];
    for (const document of vscode.workspace.textDocuments) this.#opened(document);
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
    for (const { end } of this.#running.values()) end.abort();
  }

  #opened(document: vscode.TextDocument): void {
    if (this.#wanted || vscode.languages.match(portsFiles(true), document) === 0) return;
    this.#wanted = true;
    this.#update();
  }

  /** The first of the connected builders is asked about files of this machine. */
  #update(): void {
    if (!this.#wanted) return;
    const able = this.#builders
      .list()
      .filter(({ connection }) => connection.capabilities.includes("language"));
    for (const [builder, { files, end }] of this.#running) {
      if (able.includes(builder) && files === (builder === able[0])) continue;
      this.#running.delete(builder);
      end.abort();
    }
    for (const builder of able) if (!this.#running.has(builder)) void this.#run(builder, builder === able[0]);
  }

  async #run(builder: Builder, files: boolean): Promise<void> {
    const end = new AbortController();
    const { signal } = end;
    this.#running.set(builder, { files, end });
    try {
      const { runPortsClient } = await import("./portsClient.ts");
      for (let ends = 0; ends <= maxRestarts && !signal.aborted; ends += 1) {
        const reason = await runPortsClient({ builder, files, log: this.#log, signal });
        if (reason !== null) this.#log.warn(`${builder.name}: the look into ports files ended: ${reason}`);
      }
    } catch (error) {
      if (!signal.aborted) this.#log.error(error instanceof Error ? error : String(error));
    }
  }
}
