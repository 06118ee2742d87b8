export interface Line {
  text: string;
  isNew: boolean;
}

export interface DiffFile {
  /** New path, or the old one of a deleted file; relative to the tree. */
  path: string;
  /** Every path that the diff names for this file. */
  paths: string[];
  added: string[];
  removed: string[];
  /** What the hunks show of the new file, and of the old one. */
  after: Line[];
  before: string[];
  /** File modes that the diff states, e.g. 100644, 120000. */
  modes: string[];
  deleted: boolean;
  binary: boolean;
}

/** Reads a git-style unified diff as far as judging it needs; what it cannot read is left out of `files`. */
export function parseDiff(diff: string): DiffFile[] {
  const files: DiffFile[] = [];
  let hunk = { old: 0, new: 0 };
  for (const line of diff.split("\n")) {
    const file = files.at(-1);
    if (file && (hunk.old > 0 || hunk.new > 0)) {
      readHunkLine(file, hunk, line);
      continue;
    }
    const head = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (head) hunk = { old: Number(head[1] ?? 1), new: Number(head[2] ?? 1) };
    else if (line.startsWith("diff --git ")) files.push(startFile(line.slice(11)));
    else if (file) readHeaderLine(file, line);
    else if (line.startsWith("--- ") || line.startsWith("+++ ")) {
      const first = startFile("");
      readHeaderLine(first, line);
      files.push(first);
    }
  }
  for (const file of files) {
    file.paths = [...new Set(file.paths)];
    file.path = file.paths.at(-1) ?? "";
  }
  return files;
}

function startFile(names: string): DiffFile {
  const paths = /^a\/(.*) b\/\1$/.exec(names)?.[1];
  return {
    path: "",
    paths: paths === undefined ? [] : [paths],
    added: [],
    removed: [],
    after: [],
    before: [],
    modes: [],
    deleted: false,
    binary: false,
  };
}

function readHunkLine(file: DiffFile, hunk: { old: number; new: number }, line: string): void {
  if (line.startsWith("+")) {
    file.added.push(line.slice(1));
    file.after.push({ text: line.slice(1), isNew: true });
    hunk.new--;
  } else if (line.startsWith("-")) {
    file.removed.push(line.slice(1));
    file.before.push(line.slice(1));
    hunk.old--;
  } else if (!line.startsWith("\\")) {
    file.after.push({ text: line.slice(1), isNew: false });
    file.before.push(line.slice(1));
    hunk.old--;
    hunk.new--;
  }
}

function readHeaderLine(file: DiffFile, line: string): void {
  const mode = /^(?:new file mode|deleted file mode|new mode|old mode|index [0-9a-f.]+) (\d{6})$/.exec(
    line,
  )?.[1];
  if (mode !== undefined) file.modes.push(mode);
  if (line.startsWith("deleted file mode")) file.deleted = true;
  if (/^(?:GIT binary patch|Binary files )/.test(line)) file.binary = true;
  const path =
    /^(?:---|\+\+\+) (?:[ab]\/)?(.*?)\t?$/.exec(line)?.[1] ??
    /^(?:rename|copy) (?:from|to) (.*)$/.exec(line)?.[1];
  if (path !== undefined && path !== "/dev/null") file.paths.push(path);
}
