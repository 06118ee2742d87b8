import { expect, test } from "vitest";
import { createTurns } from "../../../server/src/rpc/turns.ts";

test("work begins in the order asked, and what is due meanwhile does not wait for all of it", async () => {
  const turn = createTurns();
  const seen: (number | string)[] = [];
  setTimeout(() => seen.push("timer"), 1);
  const work = Array.from({ length: 20 }, async (_, n) => {
    await turn();
    seen.push(n);
    for (const end = performance.now() + 2; performance.now() < end; );
  });
  await Promise.all(work);
  expect(seen.indexOf("timer")).toBeGreaterThan(0);
  expect(seen.filter((one) => one !== "timer")).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test("whoever comes when nobody waits begins at once, and nobody is overtaken", async () => {
  const turn = createTurns();
  const seen: string[] = [];
  const piece = async (name: string) => {
    await turn();
    seen.push(name);
  };
  await Promise.all([piece("a"), piece("b"), piece("c").then(() => piece("e")), piece("d")]);
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(seen).toEqual(["a", "b", "c", "d", "e"]);
  await Promise.race([piece("f"), new Promise((resolve) => setImmediate(resolve))]);
  expect(seen.at(-1)).toBe("f");
});
