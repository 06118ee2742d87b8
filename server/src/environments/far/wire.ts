import type { Readable, Writable } from "node:stream";
import { EnvironmentError } from "../errors.ts";

/** Of one message; a file of 16 MiB in base64, the largest thing that is asked for whole, is well below. */
const maxMessageBytes = 32 * 1024 * 1024;

/** What one side gets of the other: each a line of JSON. */
export async function* messagesOf(stream: Readable): AsyncGenerator<unknown> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield parse(Buffer.concat([...pieces, rest.subarray(0, end)]));
      [pieces, bytes, rest] = [[], 0, rest.subarray(end + 1)];
    }
    pieces.push(rest);
    bytes += rest.length;
    if (bytes > maxMessageBytes)
      throw new EnvironmentError("system", `a message of more than ${maxMessageBytes} bytes was sent`);
  }
}

/** What a login shell prints before the far program begins is no message. */
function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return null;
  }
}

export function send(stream: Writable, message: object): void {
  stream.write(`${JSON.stringify(message)}\n`);
}
