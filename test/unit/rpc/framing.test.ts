import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedMessageReader } from "../../../server/src/rpc/framing.ts";

function frame(text: string, contentType = false): Buffer {
  const type = contentType ? "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n" : "";
  return Buffer.from(`${type}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** Reads what is written in these pieces, to the end. */
async function read(pieces: Buffer[]): Promise<{ messages: unknown[]; errors: Error[] }> {
  const stream = new PassThrough();
  const reader = new BoundedMessageReader(stream);
  const messages: unknown[] = [];
  const errors: Error[] = [];
  reader.onError((error) => errors.push(error));
  const closed = new Promise<void>((resolve) => reader.onClose(() => resolve()));
  reader.listen((message) => messages.push(message));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await closed;
  return { messages, errors };
}

function cut(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }))
  .map((codes) => String.fromCodePoint(...codes));

test("any messages in any cut come out whole and in order", async () => {
  const message = fc.record({
    jsonrpc: fc.constant("2.0"),
    method: anyText,
    params: fc.jsonValue(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      async (sent, places, typed) => {
        const texts = sent.map((each) => JSON.stringify(each));
        const { messages, errors } = await read(
          cut(Buffer.concat(texts.map((text) => frame(text, typed))), places),
        );
        expect(errors).toEqual([]);
        expect(messages).toEqual(texts.map((text) => JSON.parse(text)));
      },
    ),
    { numRuns: 60 },
  );
});

test("any bytes end in messages or one error, never in a crash", async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each)),
    fc.string({ maxLength: 60 }).map((text) => frame(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), async (pieces) => {
      const { errors } = await read(pieces);
      expect(errors.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 60 },
  );
});
