import { expect, test } from "vitest";
import { everyItem } from "../../../server/src/store/pages.ts";
import type { PageRequest } from "../../../server/src/store/types.ts";

/** A list of so many items that is given by pages of its own size, and what was asked of it. */
function listOf(count: number, size: number) {
  const asked: (string | undefined)[] = [];
  const read = ({ cursor }: PageRequest) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(size, count - from) }, (_, index) => from + index);
    return { items, nextCursor: from + size < count ? `${from + size}` : null };
  };
  return { read, asked };
}

test.each([0, 1, 3, 4, 7])("every one of %i items is given once, in order", (count) => {
  const { read } = listOf(count, 3);
  expect([...everyItem(read)]).toEqual(Array.from({ length: count }, (_, index) => index));
});

test("a page that nobody comes to is not read", () => {
  const { read, asked } = listOf(9, 3);
  for (const item of everyItem(read)) if (item === 4) break;
  expect(asked).toEqual([undefined, "3"]);
});
