import { posix } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOrigin } from "../../../../server/src/protocol/origin.ts";

test("origins as ports have them", () => {
  expect(parseOrigin("devel/readline")).toEqual({ category: "devel", port: "readline" });
  expect(parseOrigin("x11-wm/e16+a.b_C")).toEqual({ category: "x11-wm", port: "e16+a.b_C" });
});

test.each([
  "",
  "devel",
  "devel/",
  "/readline",
  "devel/readline@py311",
  "devel/readline\n",
  "devel/..",
  "./readline",
  "../devel/x",
  "a b/c",
])("%j is none", (text) => expect(parseOrigin(text)).toBeUndefined());

test("whatever is accepted stays two folders deep", () => {
  const part = fc.string({ unit: fc.constantFrom(".", "..", "/", "a", "-", "\n", "@"), maxLength: 4 });
  fc.assert(
    fc.property(fc.tuple(part, part), ([left, right]) => {
      const text = `${left}/${right}`;
      if (parseOrigin(text) === undefined) return;
      expect(posix.join("/tree", text).split("/")).toHaveLength(4);
      expect(posix.join("/tree", text).startsWith("/tree/")).toBe(true);
    }),
  );
});
