import { expect, test } from "vitest";
import { atOnce } from "../../../server/src/plugins/atOnce.ts";

test("what answers at once is as it was, errors and all", () => {
  const given = { files: ["a"] };
  expect(atOnce("step", (view: object) => view)(given)).toBe(given);
  const broken = atOnce("step", () => {
    throw new TypeError("no such file");
  });
  expect(broken).toThrow(new TypeError("no such file"));
  expect(broken).toThrow("no such file");
});

test.each<[string, () => unknown]>([
  [
    "a loop",
    () => {
      for (;;);
    },
  ],
  ["a pattern that a log leads astray", () => /^(\w+\s?)*$/.test(`${"word ".repeat(40)}!`)],
])("%s is broken off, and not begun again", (_what, work) => {
  let begun = 0;
  const step = atOnce(
    "plugin toy: step slow",
    () => {
      begun += 1;
      return work();
    },
    50,
  );
  for (let tries = 0; tries < 2; tries++)
    expect(step).toThrow("plugin toy: step slow took longer than 0.05 s; mend the plugin, then restart");
  expect(begun).toBe(1);
});
