import { expect, it } from "vitest";
import { countLines } from "../../../../extension/src/documents/content.ts";

it.each([
  ["", 0],
  ["a\nb", 1],
  ["a\r\nb\r\n", 2],
  // Progress that a program draws over itself.
  ["10%\r20%\r100%\ndone", 3],
  ["a\r\r\nb", 2],
])("countLines(%j) is %i", (text, expected) => expect(countLines(Buffer.from(text))).toBe(expected));
