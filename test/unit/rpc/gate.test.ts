import { expect, test } from "vitest";
import { RequestGate } from "../../../server/src/rpc/gate.ts";

type Message = Parameters<RequestGate["admit"]>[0];

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

test("the gate passes one answer to each request of our own", () => {
  const gate = new RequestGate();
  const answer = { jsonrpc: "2.0", id: 9, result: 1 } as Message;
  gate.asked(9);
  expect([gate.admit(answer, 1), gate.admit(answer, 1)]).toEqual([true, false]);
});
