import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";

/** Messages that came through another connection, as they are handed in. */
export class TunnelReader extends AbstractMessageReader implements MessageReader {
  #callback: DataCallback = () => {};

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    return Disposable.create(() => {
      this.#callback = () => {};
    });
  }

  take(message: Message): void {
    this.#callback(message);
  }
}

/** Messages that leave through another connection. */
export class TunnelWriter extends AbstractMessageWriter implements MessageWriter {
  readonly write: (message: Message) => Promise<void>;

  constructor(write: (message: Message) => Promise<void>) {
    super();
    this.write = write;
  }

  end(): void {}
}
