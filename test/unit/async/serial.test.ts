import { expect, test } from "vitest";
import { createSerial } from "../../../server/src/async/serial.ts";

test("work goes on one piece after another, and past one that fails, which only its own caller hears of", async () => {
  const serially = createSerial();
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = serially(async () => {
    told.push("first begins");
    await gate.promise;
    told.push("first ends");
    throw new Error("no luck");
  });
  const second = serially(async () => told.push("second"));
  await Promise.resolve();
  gate.resolve();
  await expect(first).rejects.toThrow("no luck");
  expect(await second).toBe(3);
  expect(told).toEqual(["first begins", "first ends", "second"]);
});
