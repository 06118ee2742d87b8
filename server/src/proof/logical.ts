import type { Line } from "./diff.ts";
import { judgedLength } from "./suspicions.ts";

const goesOn = /(?<!\\)(?:\\\\)*\\$/;

/** What make reads as one line: one that ends with a backslash goes on at the next. It is as new as the newest of them. */
export function logicalLines(lines: readonly Line[]): (Line & { count: number })[] {
  const read: (Line & { count: number })[] = [];
  let open = false;
  for (const { text, isNew } of lines) {
    const last = open ? read.at(-1) : undefined;
    open = goesOn.test(text);
    const own = open ? text.slice(0, -1).trimEnd() : text;
    if (last === undefined) read.push({ text: own.slice(0, judgedLength), isNew, count: 1 });
    else {
      last.text = `${last.text} ${own.trimStart()}`.slice(0, judgedLength);
      last.isNew ||= isNew;
      last.count++;
    }
  }
  return read;
}
