import { expect, it } from "vitest";
import { visible, visibleThroughout } from "../../../server/src/sessionPage/visible.ts";

it.each([
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]0;title\u0007text", "text"],
  ["\u001b]8;;https://example.org\u001b\\link", "link"],
  ["a\r\nb\rc\td", "a\nb\nc\td"],
  ["pass\u202eword\u200b", "pass<U+202E>word<U+200B>"],
  ["\u0000\u0008", "<U+0000><U+0008>"],
  ["größer 文字 🙂", "größer 文字 🙂"],
])("visible(%j)", (text, expected) => expect(visible(text)).toBe(expected));

it("reaches every text of a message", () => {
  expect(visibleThroughout({ a: [{ b: "\u001b[1mx" }, 3, null, true] })).toEqual({
    a: [{ b: "x" }, 3, null, true],
  });
});
