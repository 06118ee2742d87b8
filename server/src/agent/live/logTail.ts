import { liveBounds, newestLines } from "../../protocol/live.ts";

const everyMs = 50;
/** Of a line; what is beyond is not looked at. */
const lineCharacters = 4000;

export interface LogTail {
  push(chunk: Uint8Array): void;
  /** Tells now what has come. */
  flush(): void;
  /** Forgets an unfinished line. */
  reset(): void;
}

/** The newest whole lines of a log as it is written, a few times a second; `left` counts those left out before them. */
export function createLogTail(
  present: (text: string) => string,
  tell: (lines: string[], left: number) => void,
): LogTail {
  const decoder = new TextDecoder();
  let unfinished = "";
  let lines: string[] = [];
  let left = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length === 0) return;
    // Together, because what has to be hidden may be longer than a line.
    const shown = newestLines(present(lines.join("\n")).split("\n").map(clip));
    const before = left + Math.max(0, lines.length - shown.length);
    lines = [];
    left = 0;
    tell(shown, before);
  };

  return {
    push(chunk) {
      const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
      unfinished = (unfinished + first).slice(0, lineCharacters);
      for (const next of others) {
        lines.push(lastWritten(unfinished));
        unfinished = next.slice(0, lineCharacters);
      }
      const excess = lines.length - liveBounds.lines;
      if (excess > 0) {
        lines = lines.slice(excess);
        left += excess;
      }
      if (lines.length > 0 && timer === undefined) {
        timer = setTimeout(flush, everyMs);
        timer.unref();
      }
    },
    flush,
    reset() {
      unfinished = "";
    },
  };
}

const clip = (line: string): string => line.slice(0, liveBounds.lineCharacters);

/** What a terminal would show of a line that was written over itself. */
function lastWritten(line: string): string {
  const end = line.endsWith("\r") ? line.length - 1 : line.length;
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}
