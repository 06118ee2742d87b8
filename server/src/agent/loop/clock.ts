/** The time that an attempt has used; it stands still while a person holds the attempt. */
export interface WallClock extends Disposable {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  elapsed(): number;
  /** Stands still until `wait` has settled. */
  standStill<T>(wait: () => Promise<T>): Promise<T>;
}

/** `usedMs` is what was used of it before. */
export function createWallClock(wallMs: number, now: () => number, usedMs = 0): WallClock {
  const over = new AbortController();
  let before = usedMs;
  let since = now();
  let timer: NodeJS.Timeout;
  const run = () => {
    since = now();
    timer = setTimeout(() => over.abort(), Math.max(0, wallMs - before));
    timer.unref();
  };
  run();
  return {
    signal: over.signal,
    elapsed: () => before + now() - since,
    async standStill(wait) {
      clearTimeout(timer);
      before += now() - since;
      try {
        return await wait();
      } finally {
        run();
      }
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
