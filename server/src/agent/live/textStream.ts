import { liveBounds } from "../../protocol/live.ts";

/** A line that grows longer without an end is shown in pieces. */
const lineCharacters = 2000;

export interface TextStream {
  push(piece: string): void;
  /** Shows what is still held back, and begins anew. */
  flush(): void;
  /** Forgets what is held back. */
  reset(): void;
}

/**
 * Text that arrives in pieces, made fit to be shown: each word is held back until it is whole and `present` has seen it
 * with the line before it, since a secret may arrive in halves.
 */
export function createTextStream(
  present: (line: string) => string,
  show: (text: string) => void,
): TextStream {
  let line = "";
  /** Characters of the presented line that were shown. */
  let shown = 0;
  const reset = () => {
    line = "";
    shown = 0;
  };
  const rest = (end?: number): string => {
    const presented = present(line.slice(0, end)).slice(shown);
    shown += presented.length;
    return presented;
  };

  return {
    push(piece) {
      let text = "";
      const [first = "", ...others] = piece.slice(-2 * liveBounds.characters).split("\n");
      line += first;
      for (const next of others) {
        text += `${rest()}\n`;
        reset();
        line = next;
      }
      if (line.length > lineCharacters) {
        text += rest();
        reset();
      } else text += rest(endOfWords(line));
      if (text !== "") show(text.slice(-liveBounds.characters));
    },
    flush() {
      const text = rest();
      reset();
      if (text !== "") show(text);
    },
    reset,
  };
}

/** Where the last, perhaps unfinished, run of visible ASCII begins: no secret is written otherwise. */
function endOfWords(line: string): number {
  let end = line.length;
  while (end > 0 && /[!-~]/.test(line[end - 1] ?? "")) end -= 1;
  return end;
}
