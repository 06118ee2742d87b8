import type { Store } from "../store/types.ts";

/** Settles once `isOver`, which is asked after each append; rejects with the signal's reason. */
export function until(
  store: Pick<Store, "onAppend">,
  isOver: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      listening[Symbol.dispose]();
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const listening = store.onAppend(() => {
      if (isOver()) end();
    });
    signal.addEventListener("abort", end);
    if (signal.aborted || isOver()) end();
  });
}
