import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { Builders } from "../../../../extension/src/builders/builders.ts";
import { readDefinitions } from "../../../../extension/src/builders/definition.ts";

const define = (...entries: object[]) => readDefinitions(entries).builders;

/** Builders whose channels stay silent, and the names of those opened and closed. */
function silentBuilders() {
  const opened: string[] = [];
  const closed = new Set<string>();
  const builders = new Builders({
    hostOf: ({ name }) => ({
      async start() {
        opened.push(name);
        return {
          stdin: new PassThrough().resume(),
          stdout: new PassThrough(),
          stderr: new PassThrough(),
          ended: new Promise(() => {}),
          close: () => void closed.add(name),
        };
      },
      dispose() {},
    }),
    ...{ version: "0", log: () => {}, random: () => 0.5 },
  });
  return { builders, opened, closed };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it("keeps the connection of a builder whose definition did not change, and ends that of one that is gone", async () => {
  const { builders, opened, closed } = silentBuilders();
  let changes = 0;
  builders.onChange(() => {
    changes += 1;
  });
  builders.set(define({ name: "one" }, { name: "two" }));
  await nextTurn();
  const one = builders.get("one");
  builders.set(define({ name: "three" }, { name: "one" }));
  await nextTurn();
  expect(builders.get("one")).toBe(one);
  expect(builders.list().map(({ name }) => name)).toEqual(["three", "one"]);
  expect(opened).toEqual(["one", "two", "three"]);
  expect([...closed]).toEqual(["two"]);
  expect(changes).toBe(2);
  builders.set(define({ name: "three" }, { name: "one" }));
  expect(changes).toBe(2);
  builders.dispose();
  expect([...closed].toSorted()).toEqual(["one", "three", "two"]);
});

it("makes a builder anew when its definition changed", async () => {
  const { builders, opened } = silentBuilders();
  builders.set(define({ name: "one" }));
  const before = builders.get("one");
  builders.set(define({ name: "one", state: "/other" }));
  await nextTurn();
  expect(builders.get("one")).not.toBe(before);
  expect(opened).toEqual(["one", "one"]);
  builders.dispose();
});

it("tells which builder a state is of", () => {
  const { builders } = silentBuilders();
  const told: string[] = [];
  builders.onState(({ name, connection }) => told.push(`${name} ${connection.state.name}`));
  builders.set(define({ name: "one" }, { name: "two" }));
  expect(told).toEqual(["one connecting", "two connecting"]);
  builders.dispose();
});
