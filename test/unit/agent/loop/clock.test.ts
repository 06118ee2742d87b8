import { expect, test, vi } from "vitest";
import { createWallClock } from "../../../../server/src/agent/loop/clock.ts";

test("time goes on only while nobody holds the attempt, and then until it is over", async () => {
  vi.useFakeTimers();
  try {
    using clock = createWallClock(1000, Date.now);
    await vi.advanceTimersByTimeAsync(600);
    let go = () => {};
    const held = clock.standStill(() => new Promise<void>((resolve) => (go = resolve)));
    await vi.advanceTimersByTimeAsync(5000);
    expect(clock.signal.aborted).toBe(false);
    go();
    await held;
    expect(clock.elapsed()).toBe(600);
    await vi.advanceTimersByTimeAsync(399);
    expect([clock.elapsed(), clock.signal.aborted]).toEqual([999, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(clock.signal.aborted).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
