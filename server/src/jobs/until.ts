import type { Store } from "../store/types.ts";

/** Settles with what `find` gives, which is asked after each append until it gives something; rejects with the signal's reason. */
export function until<T>(
  store: Pick<Store, "onAppend">,
  find: () => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = signal.aborted ? undefined : find();
      if (found === undefined && !signal.aborted) return;
      listening[Symbol.dispose]();
      signal.removeEventListener("abort", look);
      if (found === undefined) reject(signal.reason);
      else resolve(found);
    };
    const listening = store.onAppend(look);
    signal.addEventListener("abort", look);
    look();
  });
}
