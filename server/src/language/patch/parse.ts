/** A hunk with what its header says and what its body holds. */
export interface PatchHunk {
  /** Line of the header, from 0, and the last one of the body. */
  line: number;
  last: number;
  header: { old: number; young: number };
  body: { old: number; young: number };
}

export interface PatchedFile {
  /** Lines of `---` and `+++`. */
  oldLine: number;
  newLine: number;
  /** The path as patch(1) would take it, without `.orig` and a time stamp. */
  path: string;
  hunks: PatchHunk[];
}

const hunkHeader = /^@@ -\d+(?:,(?<old>\d{1,9}))? \+\d+(?:,(?<young>\d{1,9}))? @@/;

/** Reads a unified diff leniently: hunks whose counts are wrong are what is looked for. */
export function parsePatch(lines: readonly string[]): PatchedFile[] {
  const files: PatchedFile[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (startsFile(lines, at)) {
      const [oldPath, newPath] = [pathOf(lines[at] ?? ""), pathOf(lines[at + 1] ?? "")];
      const path = newPath === "/dev/null" ? oldPath : newPath;
      files.push({ oldLine: at, newLine: at + 1, path, hunks: [] });
      at += 1;
      continue;
    }
    const hunk = readHunk(lines, at);
    if (hunk === null) continue;
    files.at(-1)?.hunks.push(hunk);
    at = hunk.last;
  }
  return files;
}

const startsFile = (lines: readonly string[], at: number): boolean =>
  (lines[at] ?? "").startsWith("--- ") && (lines[at + 1] ?? "").startsWith("+++ ");

const pathOf = (line: string): string =>
  (line.slice(4).split("\t", 1)[0] ?? "").trimEnd().replace(/\.orig$/, "");

function readHunk(lines: readonly string[], line: number): PatchHunk | null {
  const groups = hunkHeader.exec(lines[line] ?? "")?.groups;
  if (groups === undefined) return null;
  const header = { old: Number(groups.old ?? 1), young: Number(groups.young ?? 1) };
  const body = { old: 0, young: 0 };
  let last = line;
  for (let at = line + 1; at < lines.length; at += 1) {
    const text = lines[at] ?? "";
    const isFull = body.old >= header.old && body.young >= header.young;
    // A context line may have lost its blank; behind a full hunk an empty line is no part of it.
    if (text === "" ? isFull || at === lines.length - 1 : !/^[ +\\-]/.test(text)) break;
    // `-- ` is what git format-patch ends with.
    if (startsFile(lines, at) || (isFull && text === "-- ")) break;
    const [tag = " "] = text;
    if (tag === " " || tag === "-") body.old += 1;
    if (tag === " " || tag === "+") body.young += 1;
    last = at;
  }
  return { line, last, header, body };
}
