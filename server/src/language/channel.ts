import { Message } from "vscode-jsonrpc/node";
import type { Knowledge } from "./document.ts";
import { serveLanguage } from "./server.ts";
import { TunnelReader, TunnelWriter } from "./tunnel.ts";

/** One message of a client, bytes of its JSON. */
const maxMessageBytes = 4 * 1024 * 1024;
/** Messages of one channel that are not dealt with, and their bytes; a client that goes on regardless is ended. */
const maxWaiting = 4000;
const maxWaitingBytes = 32 * 1024 * 1024;

interface ChannelOptions {
  knowledge: Knowledge;
  send: (message: Message) => Promise<void>;
  end: (reason: string) => void;
  onError: (what: string, error: unknown) => void;
}

/** One language server and the tunnel that it speaks through. */
export class Channel implements Disposable {
  readonly #end: (reason: string) => void;
  readonly #reader = new TunnelReader();
  readonly #server: Disposable;
  /** Bytes of each message that waits, requests until they are answered. */
  readonly #waiting = new Map<Message | string | number | null, number>();
  #bytes = 0;

  constructor({ knowledge, send, end, onError }: ChannelOptions) {
    this.#end = end;
    const writer = new TunnelWriter(async (message) => {
      try {
        await send(message);
      } finally {
        if (Message.isResponse(message)) this.#done(message.id);
      }
    });
    this.#server = serveLanguage({
      knowledge,
      reader: this.#reader,
      writer,
      messageStrategy: {
        handleMessage: (message, next) => {
          if (!Message.isRequest(message)) this.#done(message);
          return next(message);
        },
      },
      onError,
      onEnd: end,
    });
  }

  receive(message: unknown, bytes: number): void {
    const refusal = isMessage(message) ? this.#admit(message, bytes) : "a message is none of LSP";
    if (refusal !== null) this.#end(refusal);
    else this.#reader.take(message as Message);
  }

  [Symbol.dispose](): void {
    this.#server[Symbol.dispose]();
    this.#reader.dispose();
  }

  /** Why the channel has to end; null for a message to deal with. */
  #admit(message: Message, bytes: number): string | null {
    if (bytes > maxMessageBytes) return `a message has more than ${maxMessageBytes} bytes`;
    // A cancellation is dealt with at once, and answers the request that waits.
    if (Message.isNotification(message) && message.method === "$/cancelRequest") return null;
    const key = Message.isRequest(message) ? message.id : message;
    if (this.#waiting.has(key)) return "a request repeats the id of a waiting one";
    this.#waiting.set(key, bytes);
    this.#bytes += bytes;
    const isTooMuch = this.#waiting.size > maxWaiting || this.#bytes > maxWaitingBytes;
    return isTooMuch ? "more messages came than could be dealt with" : null;
  }

  #done(key: Message | string | number | null): void {
    this.#bytes -= this.#waiting.get(key) ?? 0;
    this.#waiting.delete(key);
  }
}

function isMessage(message: unknown): message is Message {
  const asked = message as Message | undefined;
  return Message.isRequest(asked) || Message.isNotification(asked) || Message.isResponse(asked);
}
