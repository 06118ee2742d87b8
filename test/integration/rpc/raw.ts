import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { rawFrames } from "./frames.ts";

/** A client that speaks bytes, for what no proper client would send. */
export interface RawClient extends Disposable {
  socket: Socket;
  send(message: unknown): void;
  /** The next message from the server; undefined once the connection has ended. */
  next(): Promise<
    | {
        id?: number;
        result?: never;
        error?: { code: number; message: string };
        method?: string;
        params?: never;
      }
    | undefined
  >;
  closed: Promise<void>;
}

export async function rawClient(path: string): Promise<RawClient> {
  const socket = connect(path);
  await once(socket, "connect");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  let received = Buffer.alloc(0);
  let arrived = Promise.withResolvers<void>();
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    arrived.resolve();
  });
  const take = (): string | undefined => {
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return undefined;
    const length = Number(/Content-Length: (\d+)/.exec(received.toString("latin1", 0, head))?.[1]);
    if (received.length < head + 4 + length) return undefined;
    const text = received.toString("utf8", head + 4, head + 4 + length);
    received = received.subarray(head + 4 + length);
    return text;
  };
  return {
    socket,
    closed,
    send: (message) => void socket.write(rawFrames(message)),
    async next() {
      for (let text = take(); ; text = take()) {
        if (text !== undefined) return JSON.parse(text);
        if (socket.closed) return undefined;
        arrived = Promise.withResolvers<void>();
        socket.resume();
        await Promise.race([arrived.promise, closed]);
      }
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
