/** Runs a piece of work once those asked for before it have ended. */
export type Serially = <T>(work: () => Promise<T>) => Promise<T>;

/** One after another, in the order asked. What one rejects with reaches whoever asked for it, and holds up none after it. */
export function createSerial(): Serially {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.then(
      () => {},
      () => {},
    );
    return result;
  };
}
