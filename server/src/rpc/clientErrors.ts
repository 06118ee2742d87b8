import type { ErrorData } from "./failure.ts";

/** A request that the server refused or failed; `kind` is the server's own word for why. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly kind: ErrorData["kind"];
  constructor(kind: ErrorData["kind"], message: string, cause: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Nothing answers on the socket, or the connection ended before the answer. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
