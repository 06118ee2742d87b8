import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message } from "vscode-jsonrpc/node";
import { BoundedMessageReader, RequestGate } from "../../../server/src/rpc/framing.ts";

function frame(text: string, contentType = false): Buffer {
  const type = contentType ? "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n" : "";
  return Buffer.from(`${type}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** Reads what is written in these pieces, to the end. */
async function read(pieces: Buffer[]): Promise<{ messages: Message[]; errors: Error[] }> {
  const stream = new PassThrough();
  const reader = new BoundedMessageReader(stream);
  const messages: Message[] = [];
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

test("the gate is full at 64 waiting requests or 16 MiB of them, and opens again", () => {
  const request = (id: number) => ({ jsonrpc: "2.0", id, method: "status" });
  const gate = new RequestGate();
  let opened = 0;
  gate.onRoom = () => {
    opened += 1;
  };
  for (let id = 0; id < 64; id += 1) {
    expect(gate.full).toBe(false);
    expect(gate.admit(request(id), 10)).toBe(true);
  }
  expect(gate.full).toBe(true);
  gate.answered(5);
  gate.answered(5);
  gate.answered(6);
  expect([gate.full, opened]).toEqual([false, 1]);
  gate.admit(request(100), 16 * 1024 * 1024);
  expect(gate.full).toBe(true);
  gate.answered(100);
  expect([gate.full, opened]).toEqual([false, 2]);
});

test("the gate passes one cancellation of a waiting request and nothing else", () => {
  const gate = new RequestGate();
  const cancel = (id: unknown) => ({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id } });
  gate.admit({ jsonrpc: "2.0", id: 1, method: "status" } as Message, 10);
  expect([gate.admit(cancel(1), 1), gate.admit(cancel(1), 1), gate.admit(cancel(2), 1)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(gate.admit(cancel(undefined), 1)).toBe(false);
  expect(gate.admit({ jsonrpc: "2.0", method: "$/cancelRequest" } as Message, 1)).toBe(false);
  expect(gate.admit({ jsonrpc: "2.0", id: 9, result: 1 } as Message, 1)).toBe(false);
});
