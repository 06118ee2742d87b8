import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argumentLine,
  bounded,
  boundedEnd,
  durationText,
  moneyText,
  readArguments,
} from "../../../server/src/sessionPage/text.ts";

describe("tool arguments", () => {
  it("are read by name, texts as they are", () => {
    expect(readArguments('{"path":"a/b","line":3}')).toEqual([
      ["path", "a/b"],
      ["line", "3"],
    ]);
    expect(argumentLine('{"path":"a/b","text":"x\\n  y"}')).toBe("a/b x y");
  });

  it("that are no JSON object are shown as they are", () => {
    for (const json of ["", "[1]", '{"path":', "3"]) {
      expect(readArguments(json)).toBeNull();
      expect(argumentLine(json)).toBe(json);
    }
  });

  it("make one short line whatever the model wrote", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
        const line = argumentLine(json);
        expect(line.length).toBeLessThanOrEqual(161);
        expect(line).not.toMatch(/[\r\n]/);
      }),
    );
  });
});

it("bounded keeps the beginning and counts the rest", () => {
  expect(bounded("short")).toEqual({ text: "short", cut: 0 });
  const { text, cut } = bounded("x".repeat(10_000));
  expect([text.length, cut]).toEqual([8000, 2000]);
});

it("boundedEnd keeps whole lines of the end", () => {
  const { text, cut } = boundedEnd(`${"x".repeat(10_000)}\nlast line`);
  expect([text, cut]).toEqual(["last line", 10_001]);
  expect(boundedEnd("short")).toEqual({ text: "short", cut: 0 });
});

it.each([
  [4200, "USD", "0.0042 USD"],
  [1_234_000, "EUR", "1.23 EUR"],
  [0, "", "0.00"],
])("moneyText(%i, %j) is %s", (micros, unit, expected) => expect(moneyText(micros, unit)).toBe(expected));

it.each([
  [340, "340 ms"],
  [2400, "2.4 s"],
  [200_000, "3 min 20 s"],
])("durationText(%i) is %s", (milliseconds, expected) => expect(durationText(milliseconds)).toBe(expected));
