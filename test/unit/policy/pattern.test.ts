import { expect, test } from "vitest";
import { coversPattern, fitsPattern } from "../../../server/src/policy/pattern.ts";

test.each([
  ["lang/*", "lang/python311", true],
  ["lang/*", "lang/a/b", false],
  ["*/py-*", "devel/py-six", true],
  ["devel/c++*", "devel/c++utilities", true],
  ["devel/c.b", "devel/cab", false],
  ["@2026Q*", "@2026Q3", true],
])("%s fits %s: %s", (pattern, name, fits) => {
  expect(fitsPattern(pattern, name)).toBe(fits);
});

test.each([
  ["lang/*", "lang/python3*", true],
  ["lang/python3*", "lang/*", false],
  ["*/*", "lang/*", true],
  ["lang/python", "lang/python", true],
  ["*/py-six", "devel/*", false],
])("%s covers %s: %s", (outer, inner, covers) => {
  expect(coversPattern(outer, inner)).toBe(covers);
});
