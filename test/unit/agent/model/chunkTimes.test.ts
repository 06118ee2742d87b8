import { expect, test } from "vitest";
import { createChunkTimes } from "../../../../server/src/agent/model/chunkTimes.ts";

test("times of chunks stay few and evenly spread however many come", () => {
  let time = 1000;
  const times = createChunkTimes(() => time);
  const all: number[] = [];
  for (let index = 0; index < 5000; index += 1) {
    time += index === 70 ? 900 : 3;
    all.push(time - 1000);
    times.came();
  }
  const { at, every, chunks, longestGapMs } = times.told();
  expect({ chunks, longestGapMs }).toEqual({ chunks: 5000, longestGapMs: 900 });
  expect(at.length).toBeLessThanOrEqual(128);
  expect(at).toEqual(all.filter((_, index) => index % every === 0));
});

test("an answer without a chunk has no times", () => {
  expect(createChunkTimes(() => 5).told()).toEqual({ chunks: 0, every: 1, at: [], longestGapMs: 0 });
});
