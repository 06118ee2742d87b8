import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";

/** All that a builder may ask of the editor or tell it on its own: not to show, open, run or configure anything. */
const taken = new Set(["textDocument/publishDiagnostics", "workspace/codeLens/refresh"]);

/** What a builder's server is asked for; it could offer to run commands and to change what is saved, too. */
const offered = [
  ...["textDocumentSync", "hoverProvider", "codeLensProvider", "documentLinkProvider"],
  ...["documentSymbolProvider", "codeActionProvider"],
];

/** What the server says in its channel; what it has no business to say is dropped. */
export class TunnelReader extends AbstractMessageReader implements MessageReader {
  #callback: DataCallback = () => {};

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    return Disposable.create(() => {
      this.#callback = () => {};
    });
  }

  take(given: object): void {
    const message = given as Message;
    const isSaid = Message.isRequest(message) || Message.isNotification(message);
    if (isSaid ? taken.has(message.method) : Message.isResponse(message)) this.#callback(bounded(message));
  }

  /** Tells the language client that nothing will come any more. */
  close(): void {
    this.fireClose();
  }
}

export class TunnelWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #send: (message: Message) => void;

  constructor(send: (message: Message) => void) {
    super();
    this.#send = send;
  }

  async write(message: Message): Promise<void> {
    this.#send(message);
  }

  end(): void {}
}

/** An answer that names capabilities is that to `initialize`: without those that nobody here asks for. */
function bounded(message: Message): Message {
  if (!Message.isResponse(message)) return message;
  const result: unknown = message.result;
  if (typeof result !== "object" || result === null || !("capabilities" in result)) return message;
  const all: object = Object(result.capabilities);
  const capabilities = Object.fromEntries(Object.entries(all).filter(([name]) => offered.includes(name)));
  return { ...message, result: { ...result, capabilities } } as Message;
}
