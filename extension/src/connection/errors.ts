import type { ErrorName } from "@portwright/server/protocol";

/** A request that the server refused; `message` is the server's own words for the person who asked. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly kind: ErrorName | "cancelled" | "unknownMethod";
  constructor(kind: ServerError["kind"], message: string, cause: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** There is no connection, or it ended before the answer. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}
