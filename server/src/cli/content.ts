import type { RpcClient } from "../rpc/client.ts";

/** A stored content in pieces. */
export async function* contentOf(
  client: RpcClient,
  sha256: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ; ) {
    const { data, eof } = await client.call("artifact/read", { sha256, offset }, signal);
    const piece = Buffer.from(data, "base64");
    yield piece;
    offset += piece.length;
    if (eof) return;
  }
}
