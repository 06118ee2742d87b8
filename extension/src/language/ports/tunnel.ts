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
    if (isSaid ? taken.has(message.method) : Message.isResponse(message)) this.#callback(message);
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
