import { type Hunk, type HunkLine, readHunk } from "../../protocol/unifiedDiff.ts";

export interface FilePatch {
  /** Paths as the headers give them, without time stamps; `/dev/null` for a file that is made or deleted. */
  oldPath: string;
  newPath: string;
  hunks: Hunk[];
}

/**
 * Reads a unified diff, text before and between its files left out. Returns null when there is none in it
 * (a context diff, an ed script, an empty file).
 */
export function parseUnified(text: string): FilePatch[] | null {
  const files: FilePatch[] = [];
  const lines = text.split("\n");
  let file: FilePatch | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const next = lines[at + 1] ?? "";
    if (line.startsWith("--- ") && next.startsWith("+++ ")) {
      file = { oldPath: headerPath(line), newPath: headerPath(next), hunks: [] };
      files.push(file);
      at += 1;
    } else if (file !== undefined && /^@@ -\d.* @@/.test(line)) {
      const hunk = readHunk(lines, at);
      if (hunk === null) return null;
      file.hunks.push(hunk);
      at = hunk.last;
    }
  }
  return files.some((one) => one.hunks.length > 0) ? files : null;
}

const headerPath = (line: string): string => (line.slice(4).split("\t")[0] ?? "").trimEnd();

const context = 3;

/** A unified diff from one text to another, three lines of context; "" when they are equal. */
export function makeUnified(oldPath: string, newPath: string, before: string, after: string): string {
  const script = compareLines(splitLines(before), splitLines(after));
  const output: string[] = [];
  let at = 0;
  while (at < script.length) {
    if (script[at]?.tag === " ") {
      at += 1;
      continue;
    }
    const start = Math.max(0, at - context);
    let end = at;
    for (let same = 0; end < script.length && same <= 2 * context; end += 1) {
      same = script[end]?.tag === " " ? same + 1 : 0;
    }
    while (script[end - 1]?.tag === " ") end -= 1;
    end = Math.min(script.length, end + context);
    const hunk = script.slice(start, end);
    const [oldAt, newAt] = ["+", "-"].map(
      (other) => script.slice(0, start).filter((line) => line.tag !== other).length,
    );
    const [oldCount, newCount] = ["+", "-"].map((other) => hunk.filter((line) => line.tag !== other).length);
    output.push(`@@ -${range(oldAt ?? 0, oldCount ?? 0)} +${range(newAt ?? 0, newCount ?? 0)} @@`);
    for (const line of hunk) output.push(`${line.tag}${line.text}`);
    at = end;
  }
  return output.length === 0 ? "" : `--- ${oldPath}\n+++ ${newPath}\n${output.join("\n")}\n`;
}

/** An empty range names the line before it. */
const range = (at: number, count: number): string =>
  `${count === 0 ? at : at + 1}${count === 1 ? "" : `,${count}`}`;

const splitLines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** Largest table of the longest common subsequence, in cells; beyond it the whole middle counts as changed. */
const maxCells = 4_000_000;

/** How many lines the texts have in common at their beginning, and of the rest at their end. */
export function commonEnds(
  before: readonly string[],
  after: readonly string[],
): { head: number; tail: number } {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail += 1;
  return { head, tail };
}

/** Lines of both texts in order, by their longest common subsequence; common ends are taken off first. */
function compareLines(before: readonly string[], after: readonly string[]): HunkLine[] {
  const { head, tail } = commonEnds(before, after);
  const tagged = (tag: HunkLine["tag"], lines: readonly string[]): HunkLine[] =>
    lines.map((text) => ({ tag, text }));
  const old = before.slice(head, before.length - tail);
  const young = after.slice(head, after.length - tail);
  return [
    ...tagged(" ", before.slice(0, head)),
    ...((old.length + 1) * (young.length + 1) > maxCells
      ? [...tagged("-", old), ...tagged("+", young)]
      : editScript(old, young)),
    ...tagged(" ", before.slice(before.length - tail)),
  ];
}

function editScript(before: readonly string[], after: readonly string[]): HunkLine[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let x = before.length - 1; x >= 0; x -= 1) {
    for (let y = after.length - 1; y >= 0; y -= 1) {
      common[x * width + y] =
        before[x] === after[y]
          ? (common[(x + 1) * width + y + 1] ?? 0) + 1
          : Math.max(common[(x + 1) * width + y] ?? 0, common[x * width + y + 1] ?? 0);
    }
  }
  const script: HunkLine[] = [];
  let x = 0;
  let y = 0;
  while (x < before.length || y < after.length) {
    const [old, young] = [before[x], after[y]];
    if (old !== undefined && old === young) {
      script.push({ tag: " ", text: old });
      x += 1;
      y += 1;
    } else if (
      old !== undefined &&
      (young === undefined || (common[(x + 1) * width + y] ?? 0) >= (common[x * width + y + 1] ?? 0))
    ) {
      script.push({ tag: "-", text: old });
      x += 1;
    } else {
      script.push({ tag: "+", text: young ?? "" });
      y += 1;
    }
  }
  return script;
}
