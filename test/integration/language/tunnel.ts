import { once } from "node:events";
import { connect } from "node:net";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { createProtocolConnection, type ProtocolConnection } from "vscode-languageserver";
import { TunnelReader, TunnelWriter } from "../../../server/src/language/tunnel.ts";

/** A client of the server that speaks LSP in channels of its one connection. */
export interface Editor extends Disposable {
  outer: MessageConnection;
  /** Channels that the server ended, with its reason. */
  ended: Map<string, string>;
  /** Settles when the server has ended that channel. */
  whenEnded(channel: string): Promise<string>;
  channel(): Promise<{ name: string; lsp: ProtocolConnection }>;
  /** Sends whatever it is as a message of a channel. */
  raw(channel: string, message: unknown): Promise<void>;
}

export async function openEditor(path: string): Promise<Editor> {
  const socket = connect(path);
  await once(socket, "connect");
  socket.on("error", () => {});
  const outer = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  const readers = new Map<string, TunnelReader>();
  const ended = new Map<string, string>();
  let changed = Promise.withResolvers<void>();
  outer.onNotification("language/message", ({ channel, message }) => readers.get(channel)?.take(message));
  outer.onNotification("language/closed", ({ channel, reason }) => {
    ended.set(channel, reason);
    changed.resolve();
  });
  outer.listen();
  await outer.sendRequest("initialize", { protocolVersions: [1], client: { name: "test", version: "1" } });
  const raw: Editor["raw"] = (channel, message) =>
    outer.sendNotification("language/message", { channel, message });
  return {
    outer,
    ended,
    raw,
    async whenEnded(channel) {
      for (;;) {
        const reason = ended.get(channel);
        if (reason !== undefined) return reason;
        changed = Promise.withResolvers<void>();
        await changed.promise;
      }
    },
    async channel() {
      const { channel: name } = await outer.sendRequest<{ channel: string }>("language/open", {});
      const reader = new TunnelReader();
      readers.set(name, reader);
      const lsp = createProtocolConnection(reader, new TunnelWriter((message) => raw(name, message)));
      lsp.listen();
      return { name, lsp };
    },
    [Symbol.dispose]() {
      outer.dispose();
      socket.destroy();
    },
  };
}
