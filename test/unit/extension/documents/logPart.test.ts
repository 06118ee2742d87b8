import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countLines,
  firstWholeLine,
  partAfter,
  partAround,
  partBefore,
  wholeLines,
} from "../../../../extension/src/documents/logPart.ts";

it.each([
  ["", 0],
  ["a\nb", 1],
  ["a\r\nb\r\n", 2],
  // Progress that a program draws over itself.
  ["10%\r20%\r100%\ndone", 3],
  ["a\r\r\nb", 2],
])("countLines(%j) is %i", (text, expected) => expect(countLines(Buffer.from(text))).toBe(expected));

describe("parts of a log", () => {
  const huge = 200_000_000;

  it("a small log is opened whole", () => {
    expect(partAround(1_000_000, 10)).toBeNull();
  });

  it("hold the place that was asked for, however near an end it is, and never much more than that", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000_000, max: huge }),
        fc.double({ min: 0, max: 1 }),
        (bytes, share) => {
          const offset = Math.floor(bytes * (Number.isNaN(share) ? 0 : share));
          const part = partAround(bytes, offset);
          if (!part) throw new Error("no part");
          expect(part.from).toBeGreaterThanOrEqual(0);
          expect(part.from).toBeLessThanOrEqual(offset);
          expect(part.to).toBeGreaterThanOrEqual(Math.min(offset, bytes));
          expect(part.to).toBeLessThanOrEqual(bytes);
          expect(part.to - part.from).toBeLessThanOrEqual(2 * 1024 * 1024);
        },
      ),
    );
  });

  it("walking from one end to the other shows every byte", () => {
    let part = partAround(huge, 0);
    let covered = 0;
    for (let steps = 0; part && steps < 1000; steps += 1) {
      expect(part.from).toBeLessThanOrEqual(covered);
      covered = part.to;
      part = partAfter(part, huge);
    }
    expect(covered).toBe(huge);
    part = partAround(huge, huge);
    for (let steps = 0; part && steps < 1000; steps += 1) {
      expect(part.to).toBeGreaterThanOrEqual(covered);
      covered = part.from;
      part = partBefore(part);
    }
    expect(covered).toBe(0);
  });

  it("show whole lines only, except for a line that is longer than the part", () => {
    const bytes = Buffer.from("tail of a line\none\ntwo\nhead of a li");
    const part = { from: 100, to: 100 + bytes.length };
    expect(Buffer.from(wholeLines(bytes, part, false)).toString()).toBe("one\ntwo\n");
    expect(Buffer.from(wholeLines(bytes, part, true)).toString()).toBe("one\ntwo\nhead of a li");
    expect(Buffer.from(wholeLines(bytes, { ...part, from: 0 }, true)).toString()).toBe(bytes.toString());
    expect(firstWholeLine(Buffer.from("no line end"), part)).toBe(0);
    expect(Buffer.from(wholeLines(Buffer.from("no line end"), part, false)).toString()).toBe("");
  });
});
