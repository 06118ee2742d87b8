/** Where each value of a JSON text stands: the keys that lead to it, joined by `pathKey`, to the 1-based line. */
export interface LocatedJson {
  value: unknown;
  lineOf(path: readonly PropertyKey[]): number;
  /** Keys that one object holds twice; JSON.parse keeps the last one silently. */
  duplicates: { path: string[]; line: number }[];
}

/** A text that is not JSON, with the line at which reading stopped. */
export class JsonTextError extends Error {
  readonly line: number;
  constructor(message: string, line: number, cause: unknown) {
    super(message, { cause });
    this.name = "JsonTextError";
    this.line = line;
  }
}

const pathKey = (path: readonly PropertyKey[]): string => path.map(String).join("\u0000");
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gy;

/**
 * Parses strictly (JSON.parse decides what is JSON) and finds the line of every value and key.
 * Throws JsonTextError.
 */
export function parseLocated(text: string): LocatedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonTextError(describe(cause), failureLine(text, cause), cause);
  }
  const lines = new Map<string, number>();
  const duplicates: { path: string[]; line: number }[] = [];
  walk(text, lines, duplicates);
  return {
    value,
    duplicates,
    lineOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const line = lines.get(pathKey(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return 1;
    },
  };
}

interface Frame {
  isArray: boolean;
  index: number;
  key: string;
  seen: Set<string>;
}

/** One pass over the tokens of a text that is known to be JSON. */
function walk(text: string, lines: Map<string, number>, duplicates: LocatedJson["duplicates"]): void {
  const stack: Frame[] = [];
  const path = (): string[] => stack.map((frame) => (frame.isArray ? String(frame.index) : frame.key));
  let line = 1;
  let at = 0;
  let expectsKey = false;
  const place = (): void => {
    const key = pathKey(path());
    if (!lines.has(key)) lines.set(key, line);
  };
  while (at < text.length) {
    const space = /\s*/y;
    space.lastIndex = at;
    const gap = space.exec(text)?.[0] ?? "";
    line += countLines(gap);
    at += gap.length;
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined) return;
    const frame = stack.at(-1);
    if (found === "{" || found === "[") {
      if (frame !== undefined) place();
      stack.push({ isArray: found === "[", index: 0, key: "", seen: new Set() });
      expectsKey = found === "{";
    } else if (found === "}" || found === "]") {
      stack.pop();
      expectsKey = false;
    } else if (found === "," && frame !== undefined) {
      if (frame.isArray) frame.index += 1;
      expectsKey = !frame.isArray;
    } else if (found === ":") {
      expectsKey = false;
    } else if (expectsKey && frame !== undefined) {
      frame.key = JSON.parse(found) as string;
      if (frame.seen.has(frame.key)) duplicates.push({ path: path(), line });
      frame.seen.add(frame.key);
      place();
    } else if (frame !== undefined) {
      place();
    }
    at += found.length;
  }
}

const countLines = (text: string): number => text.split("\n").length - 1;
const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** V8 names a position for most faults; for the others the first token that JSON does not know is at fault. */
function failureLine(text: string, cause: unknown): number {
  const position = /position (\d+)/.exec(describe(cause))?.[1];
  const upTo = position === undefined ? firstForeignToken(text) : Number(position);
  return countLines(text.slice(0, Math.min(upTo, text.trimEnd().length))) + 1;
}

function firstForeignToken(text: string): number {
  const known = /\s+|[{}[\],:]|"(?:[^"\\\n]|\\.)*"|(?:true|false|null|-?\d[\d.eE+-]*)(?![^\s{}[\],:"])/y;
  let at = 0;
  while (at < text.trimEnd().length) {
    known.lastIndex = at;
    const found = known.exec(text)?.[0];
    if (found === undefined) return at;
    at += found.length;
  }
  return at;
}
