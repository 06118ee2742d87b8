import { expect, test } from "vitest";
import { buildOutput } from "../../../server/src/rpc/buildOutput.ts";

test("a client that takes text gets all of it, in order", async () => {
  const told: string[] = [];
  const output = buildOutput(async (text) => void told.push(text));
  for (const text of ["", "a", "b"]) output.take(text);
  await output.told();
  output.take("c");
  await output.told();
  expect(told.join("")).toBe("abc");
});

test("of what waits for a client that does not read there is a bound, and it is told that more came", async () => {
  const told: string[] = [];
  const reads = Promise.withResolvers<void>();
  const output = buildOutput(async (text) => {
    told.push(text);
    await reads.promise;
  });
  output.take("first\n");
  for (let n = 0; n < 64; n++) output.take("x".repeat(64 * 1024));
  expect(told).toEqual(["first\n"]);
  reads.resolve();
  await output.told();
  output.take("last\n");
  await output.told();
  expect(told.map((text) => text.slice(0, 5))).toEqual(["first", "xxxxx", "last\n"]);
  expect(told[1]?.length).toBeLessThan(1.1 * 2 ** 20);
  expect(told[1]).toMatch(/x\n\[more came than was taken here; the log has it\]\n$/);
});
