interface Hunk {
  /** First line in the original, from 1; 0 when the hunk has no line of it. */
  oldStart: number;
  lines: { kind: " " | "+" | "-"; text: string; newlineAtEnd: boolean }[];
}

/** What a diff does to one file. Paths are without `a/` and `b/`; null stands for /dev/null. */
export interface FileDiff {
  oldPath: string | null;
  newPath: string | null;
  hunks: Hunk[];
}

/** Reads a git-style unified diff of text files; null when it holds anything else (binary, renames, modes alone). */
export function parseUnifiedDiff(diff: string): FileDiff[] | null {
  const files: FileDiff[] = [];
  const lines = diff.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (/^(GIT binary patch|Binary files |rename |copy |old mode |new mode )/.test(line)) return null;
    const next = lines[at + 1] ?? "";
    if (line.startsWith("--- ") && next.startsWith("+++ ")) {
      files.push({ oldPath: pathOf(line), newPath: pathOf(next), hunks: [] });
      at += 1;
    } else if (line.startsWith("@@ ")) {
      const read = readHunk(lines, at);
      const file = files.at(-1);
      if (!read || !file) return null;
      file.hunks.push(read.hunk);
      at = read.last;
    }
  }
  return files;
}

function pathOf(line: string): string | null {
  // A path with a blank ends in a tab.
  const path = line.slice(4).replace(/\t.*$/, "");
  return path === "/dev/null" ? null : path.replace(/^[ab]\//, "");
}

function readHunk(lines: readonly string[], start: number): { hunk: Hunk; last: number } | null {
  const head = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(lines[start] ?? "");
  if (!head) return null;
  const hunk: Hunk = { oldStart: Number(head[1]), lines: [] };
  let old = Number(head[2] ?? 1);
  let added = Number(head[3] ?? 1);
  let at = start;
  while (old > 0 || added > 0) {
    at += 1;
    const line = lines[at];
    if (line === undefined) return null;
    // Some tools drop the blank of an empty context line.
    const kind = line === "" ? " " : line[0];
    if (kind === "\\") continue;
    if (kind !== " " && kind !== "+" && kind !== "-") return null;
    if (kind !== "+") old -= 1;
    if (kind !== "-") added -= 1;
    const newlineAtEnd = !lines[at + 1]?.startsWith("\\");
    hunk.lines.push({ kind, text: line.slice(1), newlineAtEnd });
  }
  return { hunk, last: at };
}

/** The file after the diff; null when any line of the original is not what the diff says it is. */
export function applyFileDiff(original: string, { hunks }: FileDiff): string | null {
  const lines = original.split(/(?<=\n)/);
  const result: string[] = [];
  let used = 0;
  for (const { oldStart, lines: changes } of hunks) {
    const hasOld = changes.some(({ kind }) => kind !== "+");
    // Without old lines the hunk stands after the line that it names.
    const start = hasOld ? oldStart - 1 : oldStart;
    if (start < used || start > lines.length) return null;
    result.push(...lines.slice(used, start));
    used = start;
    for (const { kind, text, newlineAtEnd } of changes) {
      const line = newlineAtEnd ? `${text}\n` : text;
      if (kind !== "+") {
        if (lines[used] !== line) return null;
        used += 1;
      }
      if (kind !== "-") result.push(line);
    }
  }
  return [...result, ...lines.slice(used)].join("");
}

/** The whole file that a deletion takes away. */
export function removedText({ hunks }: FileDiff): string {
  return hunks
    .flatMap(({ lines }) => lines.filter(({ kind }) => kind !== "+"))
    .map(({ text, newlineAtEnd }) => (newlineAtEnd ? `${text}\n` : text))
    .join("");
}
