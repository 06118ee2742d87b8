import { expect, it } from "vitest";
import { everyRow, PagedList } from "../../../extension/src/pagedList.ts";

/** Numbers from 0 on, and the requests that were made. */
function numbers(total: number) {
  const asked: number[] = [];
  const list = new PagedList<number>(async ({ limit, cursor }) => {
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(limit, total - from) }, (_, index) => from + index);
    return { items, total, nextCursor: from + limit < total ? String(from + limit) : null };
  });
  return { list, asked };
}

it("holds one page, and one more each time that it is asked for", async () => {
  const { list, asked } = numbers(450);
  await list.open();
  await list.open();
  expect([list.items.length, list.total, list.rest]).toEqual([200, 450, "page"]);
  await Promise.all([list.more(), list.more()]);
  expect(list.items).toEqual(Array.from({ length: 450 }, (_, index) => index));
  expect(list.rest).toBe("none");
  await list.more();
  expect(asked).toEqual([200, 200, 200]);
});

it("reads as many as it held, and none before somebody looked", async () => {
  const { list, asked } = numbers(1000);
  await list.reload();
  expect(asked).toEqual([]);
  await list.open();
  for (let page = 0; page < 3; page++) await list.more();
  await list.reload();
  expect(list.items).toHaveLength(800);
  expect(asked.slice(4)).toEqual([500, 300]);
});

it("reads a list to its end where all of it is needed", async () => {
  const asked: object[] = [];
  const rows = await everyRow<number>(async (request) => {
    asked.push(request);
    return request.cursor === "next"
      ? { items: [3], nextCursor: null }
      : { items: [1, 2], nextCursor: "next" };
  });
  expect(rows).toEqual([1, 2, 3]);
  expect(asked).toEqual([{ limit: 500 }, { limit: 500, cursor: "next" }]);
});

it("does not follow a list without an end", async () => {
  const page = Array.from({ length: 500 }, () => 0);
  await expect(everyRow(async () => ({ items: page, nextCursor: "next" }))).rejects.toThrow("does not come");
  await expect(everyRow(async () => ({ items: [], nextCursor: "next" }))).rejects.toThrow("does not come");
});

it("sends to the search who has seen 2,000 rows", async () => {
  const { list } = numbers(20_000);
  await list.open();
  while (list.rest === "page") await list.more();
  expect([list.items.length, list.rest]).toEqual([2000, "search"]);
});

it("can be asked again after a request that failed", async () => {
  let fails = true;
  const list = new PagedList<number>(async () => {
    if (fails) throw new Error("no connection");
    return { items: [1], total: 1, nextCursor: null };
  });
  await expect(list.open()).rejects.toThrow("no connection");
  fails = false;
  await list.open();
  expect(list.items).toEqual([1]);
});
