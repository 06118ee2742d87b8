import fc from "fast-check";
import { expect, it } from "vitest";
import { estimateHeight, indexAt, offsetsOf, piecesOf } from "../../../webview/src/windowing.ts";
import { sampleTurn } from "../extension/samples.ts";
import { busyTurn } from "./sessions.ts";

const heights = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 600 });

it("finds the turn at a pixel, the first or last one beyond the ends", () => {
  const offsets = offsetsOf([10, 20, 30]);
  expect([-5, 0, 9, 10, 29, 30, 59, 60, 900].map((pixel) => indexAt(offsets, pixel))).toEqual([
    0, 0, 0, 1, 1, 2, 2, 2, 2,
  ]);
});

it("draws what is in sight, and stands for all else with as much empty space", () => {
  fc.assert(
    fc.property(heights, fc.nat(200_000), fc.integer({ min: 100, max: 2000 }), (given, top, height) => {
      const offsets = offsetsOf(given);
      const { pieces, rest } = piecesOf(offsets, top, top + height, [given.length - 1, -1, 9999]);
      const drawn = pieces.reduce((sum, { index, gap }) => sum + gap + (given[index] ?? 0), rest);
      expect(drawn).toBe(offsets.at(-1));
      for (const [index, size] of given.entries()) {
        const start = offsets[index] ?? 0;
        if (start < top + height && start + size > top)
          expect(pieces.some((piece) => piece.index === index)).toBe(true);
      }
      expect(pieces.every(({ gap }) => gap >= 0)).toBe(true);
      expect(pieces.at(-1)?.index).toBe(given.length - 1);
    }),
  );
});

it("draws as many of many turns as of some", () => {
  const count = (turns: number) =>
    piecesOf(offsetsOf(Array.from({ length: turns }, () => 200)), 1000, 1800, []).pieces.length;
  expect(count(10_000)).toBe(count(100));
});

it("draws nothing of nothing", () => {
  expect(piecesOf(offsetsOf([]), 0, 800, [-1])).toEqual({ pieces: [], rest: 0 });
});

it("takes a turn with more in it for a higher one", () => {
  expect(estimateHeight(busyTurn(1, 4, 10))).toBeGreaterThan(estimateHeight(sampleTurn(1)));
  expect(estimateHeight(sampleTurn(1, { text: "\n".repeat(1_000_000) }))).toBeLessThan(5000);
});
