import type * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { Builder } from "../../builders/builder.ts";
import { documentScheme } from "../../contributions.ts";
import { portsFiles } from "./files.ts";
import { confine } from "./middleware.ts";
import { TunnelReader, TunnelWriter } from "./tunnel.ts";

export interface PortsClientOptions {
  builder: Builder;
  /** Whether this builder is also asked about ports files of this machine. */
  files: boolean;
  log: vscode.LogOutputChannel;
  /** Closes when the client has to end. */
  signal: AbortSignal;
}

/**
 * Runs a language client that speaks to the builder's server in a channel of the connection. Settles with the reason when
 * the server ended the channel, with null when `signal` did. Throws what the server refuses.
 */
export async function runPortsClient(options: PortsClientOptions): Promise<string | null> {
  const { builder, files, log, signal } = options;
  const { connection, name } = builder;
  const { channel } = await connection.call("language/open", {}, signal);
  const reader = new TunnelReader();
  const writer = new TunnelWriter((message) => connection.notify("language/message", { channel, message }));
  const listening = connection.onNotification("language/message", ({ channel: of, message }) => {
    if (of === channel) reader.take(message);
  });
  const client = new LanguageClient(
    "portwright",
    `Portwright: ${name}`,
    async () => ({ reader, writer }),
    optionsOf(name, files, log),
  );
  const ended = whenEnded(connection, channel, signal);
  try {
    return await Promise.race([ended, client.start().then(() => ended)]);
  } finally {
    listening.dispose();
    reader.close();
    await client.dispose().catch((error: unknown) => log.debug(`${name}: ${error}`));
    if (connection.state.name === "connected")
      await connection
        .call("language/close", { channel })
        .catch((error: unknown) => log.debug(String(error)));
  }
}

/** Why the server ended the channel; null when `signal` closes first. */
function whenEnded(
  connection: Builder["connection"],
  channel: string,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    const end = (reason: string | null): void => {
      listening.dispose();
      signal.removeEventListener("abort", stop);
      resolve(reason);
    };
    const stop = (): void => end(null);
    const listening = connection.onNotification("language/closed", ({ channel: of, reason }) => {
      if (of === channel) end(reason);
    });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}

function optionsOf(name: string, files: boolean, log: vscode.LogOutputChannel): LanguageClientOptions {
  return {
    documentSelector: portsFiles(files),
    middleware: confine(({ scheme, authority }) => scheme !== documentScheme || authority === name),
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    diagnosticCollectionName: `portwright.${name}`,
    markdown: { isTrusted: false, supportHtml: false },
    initializationFailedHandler: () => false,
    // Who runs the client starts it anew.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
  };
}
