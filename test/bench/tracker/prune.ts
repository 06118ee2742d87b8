import type { Store } from "../../../server/src/store/types.ts";
import { type Figure, figure } from "./figures.ts";

/** All that is over is taken out at once; nobody waits longer than for one step of it. */
export async function pruned(store: Store): Promise<Figure[]> {
  const now = Date.now() + 1000;
  const limits = { events: now, logs: now, traces: now, proofs: now, closed: now, contents: now };
  const steps: number[] = [];
  const began = performance.now();
  let last = began;
  const { events, artifacts } = await store.prune(limits, {
    dryRun: false,
    signal: new AbortController().signal,
    onProgress: () => {
      steps.push(performance.now() - last);
      last = performance.now();
    },
  });
  return [
    figure(`${events} events and ${artifacts} files pruned`, "s", [(performance.now() - began) / 1000]),
    figure("  a step, in which nobody else is served", "ms", steps),
  ];
}
