/** What stands in the way to a far builder. `hostKey` and `identity` need a person; the rest may pass. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly kind: "unreachable" | "hostKey" | "identity" | "protocol";
  constructor(kind: RemoteError["kind"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
