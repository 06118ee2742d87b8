/** Done at once, for work that waits on the disk or on another host more than it computes. */
const width = 8;

/**
 * What `act` makes of each item, in their order. Throws the first error once nothing is at work any more, so that whoever
 * tries again is not met by what is left of the first try.
 */
export async function together<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && errors.length === 0; next = waiting.shift())
      results[next[0]] = await act(next[1]);
  };
  await Promise.all(
    Array.from({ length: Math.min(width, items.length) }, () =>
      worker().catch((error: unknown) => errors.push(error)),
    ),
  );
  if (errors.length > 0) throw errors[0];
  return results;
}
