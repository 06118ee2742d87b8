import { describe, expect, it } from "vitest";
import {
  type ConnectionAction,
  type ConnectionState,
  reduceConnection,
  retryDelayMs,
  usableState,
  worstState,
} from "../../../../extension/src/connection/state.ts";

const idle: ConnectionState = { name: "idle" };
const connecting: ConnectionState = { name: "connecting", failures: 2 };
const connected: ConnectionState = { name: "connected", failures: 2 };
const waiting: ConnectionState = { name: "waiting", failures: 3, reason: "ended" };
const stopped: ConnectionState = { name: "stopped", problem: "serverTooOld", reason: "too old" };
const states = { idle, connecting, connected, waiting, stopped };

const connect: ConnectionAction = { type: "connect" };
const retry: ConnectionAction = { type: "retry" };
const opened: ConnectionAction = { type: "opened" };
const settled: ConnectionAction = { type: "settled" };
const lost: ConnectionAction = { type: "lost", reason: "ended", problem: null };
const refused: ConnectionAction = { type: "lost", reason: "too old", problem: "serverTooOld" };
const disconnect: ConnectionAction = { type: "disconnect" };

const anew: ConnectionState = { name: "connecting", failures: 0 };

/** Only what changes the state; every other pair leaves it as it is. */
const changes: [keyof typeof states, ConnectionAction, ConnectionState][] = [
  ["idle", connect, anew],
  ["waiting", connect, anew],
  ["stopped", connect, anew],
  ["waiting", retry, { name: "connecting", failures: 3 }],
  ["connecting", opened, connected],
  ["connected", settled, { name: "connected", failures: 0 }],
  ["connecting", lost, waiting],
  ["connected", lost, waiting],
  ["connecting", refused, stopped],
  ["connected", refused, stopped],
  ["connecting", disconnect, idle],
  ["connected", disconnect, idle],
  ["waiting", disconnect, idle],
  ["stopped", disconnect, idle],
];

describe("reduceConnection", () => {
  for (const [name, state] of Object.entries(states))
    for (const action of [connect, retry, opened, settled, lost, refused, disconnect]) {
      const problem = action === refused ? " with a problem that stays" : "";
      it(`${name}: ${action.type}${problem}`, () => {
        const change = changes.find(([from, by]) => from === name && by === action);
        const next = reduceConnection(state, action);
        if (change) expect(next).toEqual(change[2]);
        else expect(next).toBe(state);
      });
    }
});

describe("retryDelayMs", () => {
  it("doubles from 250 ms to 30 s", () => {
    const delays = [1, 2, 3, 7, 8, 9, 1000].map((failures) => retryDelayMs(failures, () => 0.5));
    expect(delays).toEqual([250, 500, 1000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("varies by a tenth to either side", () => {
    expect(retryDelayMs(3, () => 0)).toBe(900);
    expect(retryDelayMs(3, () => 1)).toBe(1100);
  });
});

it("of several connections the worst is told of, while one that stands is enough to work with", () => {
  expect(worstState([connected, stopped, waiting])).toBe(stopped);
  expect(usableState([stopped, connected, idle])).toBe(connected);
  expect(usableState([idle, waiting])).toBe(waiting);
  expect([worstState([]), usableState([])]).toEqual([null, null]);
});
