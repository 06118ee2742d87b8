/** Characters of text that wait for a client. */
const mostWaiting = 1 << 20;
const leftOut = "\n[more came than was taken here; the log has it]\n";

/**
 * Tells a client what a build says as it says it, which cannot be held up: of what waits for a client that is slow there is
 * a bound, and what is beyond it is left out.
 */
export function buildOutput(output: (text: string) => Promise<void>): {
  take(text: string): void;
  /** Settles when what was taken has left. */
  told(): Promise<void>;
} {
  let waiting = "";
  let isCut = false;
  let isTelling = false;
  let telling = Promise.resolve();
  const tell = async (): Promise<void> => {
    isTelling = true;
    while (waiting !== "") {
      const text = waiting;
      waiting = "";
      isCut = false;
      await output(text);
    }
    isTelling = false;
  };
  return {
    take(text) {
      if (isCut) return;
      isCut = waiting.length + text.length > mostWaiting;
      waiting += isCut ? leftOut : text;
      if (!isTelling) telling = tell();
    },
    told: () => telling,
  };
}
