/** One line of a hunk: ` ` stands in both texts, `-` only in the old one, `+` only in the new one. */
export interface HunkLine {
  tag: " " | "-" | "+";
  text: string;
  /** Its text ends here, without a newline. */
  noNewline?: true;
}

export interface Hunk {
  /** First line in the old text, from 1; 0 when the hunk has no line of it. */
  oldStart: number;
  newStart: number;
  lines: HunkLine[];
  /** Its lines in the diff, header included, from 0. */
  first: number;
  last: number;
}

/** What a diff does to one file. Paths are without `a/` and `b/`; null stands for /dev/null. */
export interface FileDiff {
  oldPath: string | null;
  newPath: string | null;
  /** Everywhere a hunk is named by its place here, from 1. */
  hunks: Hunk[];
  /** Its first line in the diff, from 0. */
  first: number;
}

/** A hunk of one file, as a person names it. */
export interface HunkName {
  path: string;
  hunk: number;
}

/** Reads a git-style unified diff of text files; null when it holds anything else (binary, renames, modes alone). */
export function parseUnifiedDiff(diff: string): FileDiff[] | null {
  const files: FileDiff[] = [];
  const lines = diff.split("\n");
  let first: number | null = null;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (/^(GIT binary patch|Binary files |rename |copy |old mode |new mode )/.test(line)) return null;
    const next = lines[at + 1] ?? "";
    if (line.startsWith("diff --git ")) first = at;
    if (line.startsWith("--- ") && next.startsWith("+++ ")) {
      files.push({ oldPath: pathOf(line), newPath: pathOf(next), hunks: [], first: first ?? at });
      first = null;
      at += 1;
    } else if (line.startsWith("@@ ")) {
      const hunk = readHunk(lines, at);
      const file = files.at(-1);
      if (!hunk || !file) return null;
      file.hunks.push(hunk);
      at = hunk.last;
    }
  }
  return files;
}

/** The path by which a file of a diff is called. */
export const diffPath = ({ oldPath, newPath }: FileDiff): string => newPath ?? oldPath ?? "";

function pathOf(line: string): string | null {
  // A path with a blank ends in a tab.
  const path = line.slice(4).replace(/\t.*$/, "");
  return path === "/dev/null" ? null : path.replace(/^[ab]\//, "");
}

/** The hunk whose header is at that line; null when there is none, or it is not what its header says. */
export function readHunk(lines: readonly string[], first: number): Hunk | null {
  const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[first] ?? "");
  if (!head) return null;
  const hunk: Hunk = { oldStart: Number(head[1]), newStart: Number(head[3]), lines: [], first, last: first };
  let old = Number(head[2] ?? 1);
  let added = Number(head[4] ?? 1);
  for (let at = first + 1; old > 0 || added > 0 || lines[at]?.startsWith("\\"); at += 1) {
    const line = lines[at];
    if (line === undefined) return null;
    hunk.last = at;
    // Some tools drop the blank of an empty context line.
    const tag = line === "" ? " " : line[0];
    if (tag === "\\") {
      const before = hunk.lines.at(-1);
      if (before) before.noNewline = true;
      continue;
    }
    if (tag !== " " && tag !== "+" && tag !== "-") return null;
    if (tag !== "+") old -= 1;
    if (tag !== "-") added -= 1;
    hunk.lines.push({ tag, text: line.slice(1) });
  }
  return old === 0 && added === 0 ? hunk : null;
}

const textOf = ({ text, noNewline }: HunkLine): string => (noNewline ? text : `${text}\n`);

/** The file after the diff; null when any line of the original is not what the diff says it is. */
export function applyFileDiff(original: string, { hunks }: FileDiff): string | null {
  const lines = original.split(/(?<=\n)/);
  const result: string[] = [];
  let used = 0;
  for (const { oldStart, lines: changes } of hunks) {
    const hasOld = changes.some(({ tag }) => tag !== "+");
    // Without old lines the hunk stands after the line that it names.
    const start = hasOld ? oldStart - 1 : oldStart;
    if (start < used || start > lines.length) return null;
    result.push(...lines.slice(used, start));
    used = start;
    for (const change of changes) {
      const line = textOf(change);
      if (change.tag !== "+") {
        if (lines[used] !== line) return null;
        used += 1;
      }
      if (change.tag !== "-") result.push(line);
    }
  }
  return [...result, ...lines.slice(used)].join("");
}

/** The whole file that a deletion takes away. */
export function removedText({ hunks }: FileDiff): string {
  return hunks
    .flatMap(({ lines }) => lines.filter(({ tag }) => tag !== "+"))
    .map(textOf)
    .join("");
}

/** The diff without these hunks: a file all of whose hunks are dropped is left as it was. null when one is not in it. */
export function withoutHunks(diff: string, drop: readonly HunkName[]): string | null {
  const files = parseUnifiedDiff(diff);
  if (!files) return null;
  const lines = diff.split("\n");
  const gone = new Set<number>();
  const take = (from: number, to: number) => {
    for (let at = from; at <= to; at += 1) gone.add(at);
  };
  for (const { path, hunk } of drop)
    if (!files.some((file) => diffPath(file) === path && file.hunks[hunk - 1])) return null;
  for (const file of files) {
    const dropped = new Set(drop.filter(({ path }) => path === diffPath(file)).map(({ hunk }) => hunk - 1));
    if (dropped.size === 0) continue;
    if (dropped.size === file.hunks.length) take(file.first, file.hunks.at(-1)?.last ?? file.first);
    let moved = 0;
    for (const [index, { first, last, newStart, lines: changes }] of file.hunks.entries()) {
      if (dropped.has(index)) {
        take(first, last);
        for (const { tag } of changes) moved += tag === "-" ? 1 : tag === "+" ? -1 : 0;
      } else lines[first] = (lines[first] ?? "").replace(/ \+\d+/, ` +${newStart + moved}`);
    }
    // It names the content that all hunks together made.
    const index = lines.findIndex((line, at) => at >= file.first && line.startsWith("index "));
    if (index >= 0 && index < (file.hunks[0]?.first ?? 0)) gone.add(index);
  }
  return lines.filter((_, at) => !gone.has(at)).join("\n");
}
