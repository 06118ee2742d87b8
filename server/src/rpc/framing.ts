import type { Readable } from "node:stream";
import {
  AbstractMessageReader,
  type DataCallback,
  Disposable,
  Message,
  type MessageReader,
  type RequestMessage,
  type ResponseMessage,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";

/** Largest message of either direction, bytes of its JSON. */
const maxMessageBytes = 16 * 1024 * 1024;
const maxHeaderBytes = 4096;
const headerEnd = Buffer.from("\r\n\r\n");

/** The peer broke the framing or the protocol; only its own connection ends. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}

/** Decides about each received message before it is queued, so that a peer cannot queue without end. */
export interface MessageGate {
  /** Throws FramingError to end the connection; false drops the message. */
  admit(message: Message, bytes: number): boolean;
  /** While true nothing more is read from the peer. */
  readonly full: boolean;
  /** Set by the reader; the gate calls it when it is no longer full. */
  onRoom: () => void;
}

function contentLength(header: string): number {
  for (const line of header.split("\r\n")) {
    const match = /^content-length:\s*(\d{1,9})\s*$/i.exec(line);
    if (match?.[1]) return Number(match[1]);
  }
  throw new FramingError("a message header has no Content-Length");
}

function parseMessage(body: Buffer): Message {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new FramingError("a message is not JSON", { cause });
  }
  if (typeof parsed !== "object" || parsed === null || !("jsonrpc" in parsed) || parsed.jsonrpc !== "2.0")
    throw new FramingError("a message is not a JSON-RPC 2.0 object");
  return parsed as Message;
}

/**
 * Reads the base protocol of LSP (`Content-Length: N`, empty line, N bytes of JSON) within fixed memory:
 * one message of at most `maxMessageBytes` plus one chunk. The first fault destroys the stream.
 */
export class BoundedMessageReader extends AbstractMessageReader implements MessageReader {
  readonly #stream: Readable;
  readonly #gate: MessageGate | undefined;
  #callback: DataCallback = () => {};
  /** Bytes received and not yet used; a body longer than that is collected in #body. */
  #rest: Buffer = Buffer.alloc(0);
  #body: Buffer | null = null;
  #filled = 0;

  constructor(stream: Readable, gate?: MessageGate) {
    super();
    this.#stream = stream;
    this.#gate = gate;
    if (gate) gate.onRoom = () => this.#guard(() => this.#drain());
  }

  listen(callback: DataCallback): Disposable {
    this.#callback = callback;
    this.#stream.on("error", (error) => this.fireError(error));
    this.#stream.on("close", () => this.fireClose());
    this.#stream.on("data", (chunk: Buffer) => this.#guard(() => this.#take(chunk)));
    return Disposable.create(() => this.#stream.pause());
  }

  #guard(step: () => void): void {
    if (this.#stream.destroyed) return;
    try {
      step();
    } catch (error) {
      this.#stream.destroy();
      this.fireError(error);
    }
  }

  #take(chunk: Buffer): void {
    let used = 0;
    if (this.#body) {
      used = chunk.copy(this.#body, this.#filled);
      this.#filled += used;
    }
    const unused = chunk.subarray(used);
    this.#rest = this.#rest.length === 0 ? unused : Buffer.concat([this.#rest, unused]);
    this.#drain();
  }

  #drain(): void {
    while (!this.#gate?.full) {
      const body = this.#nextBody();
      if (!body) {
        this.#stream.resume();
        return;
      }
      const message = parseMessage(body);
      if (this.#gate?.admit(message, body.length) ?? true) this.#callback(message);
    }
    this.#stream.pause();
  }

  #nextBody(): Buffer | null {
    if (this.#body) {
      if (this.#filled < this.#body.length) return null;
      const body = this.#body;
      this.#body = null;
      return body;
    }
    const end = this.#rest.indexOf(headerEnd);
    if (end > maxHeaderBytes || (end < 0 && this.#rest.length > maxHeaderBytes))
      throw new FramingError("a message header is too long");
    if (end < 0) return null;
    const length = contentLength(this.#rest.toString("latin1", 0, end));
    if (length > maxMessageBytes)
      throw new FramingError(`a message of ${length} bytes exceeds the limit of ${maxMessageBytes}`);
    const start = end + headerEnd.length;
    const body = this.#rest.subarray(start, start + length);
    this.#rest = this.#rest.subarray(start + body.length);
    if (body.length === length) return body;
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#filled = body.copy(this.#body);
    return null;
  }
}

/** Writes one message after the other, each awaited to the kernel; tells of each request that leaves and each answer that left. */
export class AnswerCountingWriter extends StreamMessageWriter {
  onAnswered: (id: ResponseMessage["id"]) => void = () => {};
  onAsk: (id: RequestMessage["id"]) => void = () => {};

  override async write(message: Message): Promise<void> {
    if (Message.isRequest(message)) this.onAsk(message.id);
    try {
      await super.write(message);
    } finally {
      if (Message.isResponse(message)) this.onAnswered(message.id);
    }
  }
}
