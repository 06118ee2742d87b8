/** A place in a source that a log's line names. */
export interface SourcePlace {
  /** In the log, from 0. */
  line: number;
  start: number;
  end: number;
  path: string;
  /** In the source, from 1. */
  sourceLine: number;
}

const maxPlaces = 5000;
const maxLineLength = 2000;

/** Compilers and CMake; Python; BSD make. The path is the first group, its line the second. */
const patterns: readonly RegExp[] = [
  /(?:^|[\s("'`])([\w.+@%=~/-]+\.[A-Za-z]\w{0,6}):(\d{1,7})(?=[:\s,)]|$)/dg,
  /File "([^"\n]{1,400})", line (\d{1,7})/dg,
  /"([^"\n]{1,400})" line (\d{1,7}):/dg,
];

/** Paths with a line number that a log's lines name. */
export function sourcePlaces(lines: readonly string[]): SourcePlace[] {
  const places: SourcePlace[] = [];
  for (const [line, text] of lines.entries()) {
    if (text.length > maxLineLength) continue;
    for (const pattern of patterns)
      for (const { 1: path = "", 2: digits = "", indices } of text.matchAll(pattern)) {
        const [start, end] = [indices?.[1]?.[0], indices?.[2]?.[1]];
        if (start === undefined || end === undefined) continue;
        if (places.length === maxPlaces) return places;
        places.push({ line, start, end, path, sourceLine: Math.max(1, Number(digits)) });
      }
  }
  return places;
}
