import { judgedLength } from "./suspicions.ts";

const goesOn = /(?<!\\)(?:\\\\)*\\$/;

/** What make reads as one line, of which lines: one that ends with a backslash goes on at the next. */
export function logicalLines(lines: readonly string[]): { text: string; of: readonly string[] }[] {
  const read: { text: string; of: string[] }[] = [];
  let open = false;
  for (const line of lines) {
    const text = goesOn.test(line) ? line.slice(0, -1).trimEnd() : line;
    const last = open ? read.at(-1) : undefined;
    if (last === undefined) read.push({ text: text.slice(0, judgedLength), of: [line] });
    else {
      last.text = `${last.text} ${text.trimStart()}`.slice(0, judgedLength);
      last.of.push(line);
    }
    open = goesOn.test(line);
  }
  return read;
}
