/** Messages as they go over the wire. */
export function rawFrames(...messages: unknown[]): string {
  return messages
    .map((message) => JSON.stringify(message))
    .map((text) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
    .join("");
}

export const introduction = (id = 1, versions = [1]) => ({
  jsonrpc: "2.0",
  id,
  method: "initialize",
  params: { protocolVersions: versions, client: { name: "raw", version: "1" } },
});
