/** The last of those who wait for a folder, or work in it. */
const last = new Map<string, Promise<void>>();

/** One after another in a folder; null when `signal` closed before its turn came. */
export async function inTurn<T>(
  folder: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | null> {
  const before = last.get(folder) ?? Promise.resolve();
  const done = Promise.withResolvers<void>();
  const after = before.then(() => done.promise);
  last.set(folder, after);
  const stopped = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { signal: stopped.signal });
  });
  try {
    if (signal?.aborted !== true) await Promise.race([before, aborted]);
    return signal?.aborted === true ? null : await work();
  } finally {
    stopped.abort();
    done.resolve();
    if (last.get(folder) === after) last.delete(folder);
  }
}
