import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonTextError, parseLocated } from "../../../server/src/policy/positions.ts";

describe("parseLocated", () => {
  test("knows the line of keys and of array elements", () => {
    const located = parseLocated(
      '{\n  "a": {\n    "b": [\n      1,\n      { "c": "}\\"," }\n    ]\n  },\n  "d": null\n}',
    );
    expect(located.lineOf(["a", "b"])).toBe(3);
    expect(located.lineOf(["a", "b", 0])).toBe(4);
    expect(located.lineOf(["a", "b", 1, "c"])).toBe(5);
    expect(located.lineOf(["d"])).toBe(8);
  });

  test("answers for an absent value with the line of what should hold it", () => {
    expect(parseLocated('{\n "a": {\n }\n}').lineOf(["a", "gone", "deeper"])).toBe(2);
  });

  test("names a key that stands twice", () => {
    expect(parseLocated('{\n"a": 1,\n"b": {"a": 2,\n"a": 3}}').duplicates).toEqual([
      { path: ["b", "a"], line: 4 },
    ]);
  });

  test.each([
    ["a trailing comma", '{\n "a": 1,\n}', 3],
    ["a broken word", '{\n "a": 1,\n "b": tru\n}', 3],
    ["an early end", '{\n "a": 1\n', 2],
    ["text behind the end", '{"a":1}\n\nxx', 3],
    ["nothing", "", 1],
  ])("puts %s on its line", (_name, text, line) => {
    const failure = expectFailure(() => parseLocated(text));
    expect(failure.line).toBe(line);
  });

  test("agrees with JSON.parse on any value and finds a line for every top key", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const located = parseLocated(text);
        expect(located.value).toEqual(JSON.parse(text));
        expect(located.duplicates).toEqual([]);
        for (const key of Object.keys(value)) {
          const line = text.split("\n")[located.lineOf([key]) - 1] ?? "";
          expect(line).toContain(JSON.stringify(key));
        }
      }),
    );
  });
});

function expectFailure(action: () => unknown): JsonTextError {
  try {
    action();
  } catch (error) {
    if (error instanceof JsonTextError) return error;
    throw error;
  }
  throw new Error("it parsed");
}
