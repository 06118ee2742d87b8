import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { clean, facts, oneLine, portName, table, when } from "../../../server/src/cli/output.ts";

const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 20 })
  .map((codes) => String.fromCodePoint(...codes));

test("nothing that a terminal would act on, and nothing invisible, is left of any text", () => {
  const parts = fc.constantFrom(
    "\u001b[31m",
    "\u001b]0;x\u0007",
    "\u009b2J",
    "\u202e",
    "\u200b",
    "\u0007",
    "\r",
    "\ttab",
    "ok",
    "é",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, anyText)), (pieces) => {
      const text = clean(pieces.join(""));
      expect(text).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
      );
      expect(stripVTControlCharacters(text)).toBe(text);
      expect(oneLine(pieces.join(""))).not.toContain("\n");
    }),
  );
  expect(clean("\u001b[1mbold\u001b[0m\tx\ny")).toBe("bold    x\ny");
});

test("a table keeps to its width, taking from the widest column, and sets numbers right", () => {
  const rows = [
    { name: "devel/one", count: 5, text: "x".repeat(100) },
    { name: "b", count: 12, text: "line\nbreak" },
  ];
  const text = table(
    rows,
    [
      { title: "NAME", value: ({ name }) => name },
      { title: "N", value: ({ count }) => count },
      { title: "TEXT", value: ({ text: value }) => value },
    ],
    40,
  );
  expect(text).toBe(
    ["NAME        N  TEXT", `devel/one   5  ${"x".repeat(24)}…`, "b          12  line break", ""].join("\n"),
  );
});

test("any rows: every line of a wide enough table fits its width", () => {
  const row = fc.record({
    a: anyText,
    b: anyText,
    c: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), fc.integer({ min: 40, max: 100 }), (rows, width) => {
      const columns = (["a", "b", "c"] as const).map((title) => ({
        title,
        value: (each: (typeof rows)[number]) => each[title],
      }));
      const lines = table(rows, columns, width).trimEnd().split("\n");
      expect(lines).toHaveLength(rows.length + 1);
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
    }),
  );
});

test("facts leave out what is not known", () => {
  expect(facts({ a: 1, longer: "x", none: null, empty: "" })).toBe("a       1\nlonger  x\n");
});

test("ports and times are written as people know them", () => {
  expect(portName({ origin: "devel/x", flavor: "" })).toBe("devel/x");
  expect(portName({ origin: "devel/x", flavor: "py311" })).toBe("devel/x@py311");
  expect(when(null)).toBe("-");
  expect(when(new Date(2026, 2, 4, 5, 6).getTime())).toBe("2026-03-04 05:06");
});
