import type { ChunkTimes } from "../../protocol/index.ts";

const KEPT = 128;

/** Takes note of when chunks come, at most 128 times, evenly spread over all of them. */
export function createChunkTimes(now: () => number) {
  const sent = now();
  let last = sent;
  let at: number[] = [];
  let [chunks, every, longestGapMs] = [0, 1, 0];
  return {
    came(): void {
      const time = now();
      if (chunks > 0) longestGapMs = Math.max(longestGapMs, time - last);
      last = time;
      if (chunks % every === 0) at.push(Math.max(0, time - sent));
      chunks += 1;
      if (at.length <= KEPT) return;
      at = at.filter((_, index) => index % 2 === 0);
      every *= 2;
    },
    told: (): Omit<ChunkTimes, "tries"> => ({ chunks, every, at, longestGapMs }),
  };
}
