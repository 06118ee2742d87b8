import type { Readable } from "node:stream";

/** What comes from a far host has no right to more, in characters. */
const longestLine = 4000;

/** Tells a stream line by line, each fit to be shown. */
export function onLines(stream: Readable, tell: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) lines.push(rest);
    if (rest.length > longestLine) rest = "";
    for (const line of lines) tell(plain(line));
  });
  stream.on("end", () => {
    if (rest) tell(plain(rest));
  });
}

/** Text from a far host, fit to be shown: bounded, without control characters. */
export function plain(text: string): string {
  return text
    .slice(0, longestLine)
    .replace(/\p{Cc}|\p{Cf}/gu, " ")
    .trimEnd();
}
