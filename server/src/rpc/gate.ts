import {
  Message,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
} from "vscode-jsonrpc/node";
import { FramingError, type MessageGate } from "./framing.ts";

/** Requests that one connection may have unanswered, by number and by bytes, before its reading pauses. */
const maxUnanswered = 64;
const maxUnansweredBytes = 16 * 1024 * 1024;

/**
 * Gate of a serving side: takes requests, cancellations, and one answer to each request of our own; notifications are handed
 * on at once and never queued.
 */
export class RequestGate implements MessageGate {
  onRoom: () => void = () => {};
  /** Any other notification, with the bytes of its JSON. */
  onNotification: (message: NotificationMessage, bytes: number) => void = () => {};
  readonly #unanswered = new Map<RequestMessage["id"], { bytes: number; cancelled: boolean }>();
  readonly #asked = new Set<ResponseMessage["id"]>();
  #bytes = 0;

  get full(): boolean {
    return this.#unanswered.size >= maxUnanswered || this.#bytes >= maxUnansweredBytes;
  }

  admit(message: Message, bytes: number): boolean {
    if (Message.isRequest(message)) {
      if (this.#unanswered.has(message.id))
        throw new FramingError("a request repeats the id of a waiting one");
      this.#unanswered.set(message.id, { bytes, cancelled: false });
      this.#bytes += bytes;
      return true;
    }
    if ("method" in message && "id" in message) throw new FramingError("a request has no proper id");
    if (Message.isResponse(message)) return this.#asked.delete(message.id);
    if (!Message.isNotification(message)) return false;
    if (message.method !== "$/cancelRequest") {
      this.onNotification(message, bytes);
      return false;
    }
    const params: unknown = message.params;
    const id = typeof params === "object" && params !== null && "id" in params ? params.id : undefined;
    const waiting = this.#unanswered.get(id as RequestMessage["id"]);
    if (!waiting || waiting.cancelled) return false;
    waiting.cancelled = true;
    return true;
  }

  /** A request of our own leaves. */
  asked(id: RequestMessage["id"]): void {
    this.#asked.add(id);
  }

  answered(id: ResponseMessage["id"]): void {
    const waiting = this.#unanswered.get(id);
    if (!waiting) return;
    const wasFull = this.full;
    this.#unanswered.delete(id);
    this.#bytes -= waiting.bytes;
    if (wasFull && !this.full) this.onRoom();
  }
}
