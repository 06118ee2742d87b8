import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { together } from "../../../server/src/tracker/together.ts";

test("results stand in the order of their items, with a bound on what is done at once", async () => {
  let atOnce = 0;
  let most = 0;
  const results = await together(
    Array.from({ length: 40 }, (_, n) => n),
    async (n) => {
      most = Math.max(most, ++atOnce);
      for (let left = (40 - n) % 7; left >= 0; left--) await turn();
      atOnce--;
      return n * 2;
    },
  );
  expect(results).toEqual(Array.from({ length: 40 }, (_, n) => n * 2));
  expect(most).toBe(8);
});

test("an error is thrown when nothing is at work any more, and nothing new is begun after it", async () => {
  let begun = 0;
  let atWork = 0;
  const act = async (n: number) => {
    begun++;
    atWork++;
    for (let left = 0; left < 5; left++) await turn();
    atWork--;
    if (n === 2) throw new Error("two");
  };
  await expect(together([...Array(40).keys()], act)).rejects.toThrow("two");
  expect(atWork).toBe(0);
  expect(begun).toBeLessThan(40);
});
