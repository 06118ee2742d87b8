/** Waits until a piece of work may begin, in the order asked. */
export type Turn = () => Promise<void>;

/**
 * Lets one piece of work begin in each round of the event loop. However many clients ask at once, what the journal, timers
 * and jobs wait for is looked at between any two answers.
 */
export function createTurns(): Turn {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  const next = (): void => {
    const begin = waiting.shift();
    isTaken = begin !== undefined;
    if (begin === undefined) return;
    setImmediate(next);
    begin();
  };
  return async () => {
    if (isTaken) return new Promise((resolve) => waiting.push(resolve));
    isTaken = true;
    setImmediate(next);
  };
}
