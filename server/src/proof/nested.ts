import type { DiffFile, Line } from "./diff.ts";

/** What a diff of the overlay changes in one file of the port, as far as its lines show. */
export interface PortChange {
  /** The file's name, for the reader of a flag. */
  label: string;
  added: string[];
  removed: string[];
  /** The added lines with those around them. */
  after: Line[];
  /** The lines are code of the software, not of the port. */
  code: boolean;
}

/**
 * A file of the overlay is a change itself, but one of `diffs/` holds changes of upstream's files, and a patch
 * holds changes of the software: what counts are the lines inside them. A file that is named like a patch and
 * is none may be included by a Makefile, so its lines count as they stand too.
 */
export function portChanges(file: DiffFile): PortChange[] {
  const name = file.path.split("/").at(-1) ?? "";
  const plain = { label: name, added: file.added, removed: file.removed, after: file.after, code: false };
  if (/^(?:extra-)?patch-/.test(name)) {
    const isBody = (line: string) => /^[-+ @\\]/.test(line) || line === "";
    const stray = file.added.filter((line) => !isBody(line));
    return [
      { ...inside(name, file.added), code: true },
      {
        label: name,
        added: stray,
        removed: [],
        after: stray.map((text) => ({ text, isNew: true })),
        code: false,
      },
    ];
  }
  return name.endsWith(".diff") ? nestedChanges(name, file.added) : [plain];
}

/** The changes of each file that a patch names, out of some of the patch's lines; without a name, of its own. */
export function nestedChanges(name: string, lines: readonly string[], code = false): PortChange[] {
  const parts: { label: string; lines: string[] }[] = [{ label: name.replace(/\.diff$/, ""), lines: [] }];
  for (const line of lines) {
    const target = /^\+\+\+ ([^\t]+)/.exec(line)?.[1];
    if (target === undefined) parts.at(-1)?.lines.push(line);
    else parts.push({ label: target.trim(), lines: [] });
  }
  return parts.map((part) => ({ ...inside(part.label, part.lines), code }));
}

function inside(label: string, lines: readonly string[]): Omit<PortChange, "code"> {
  const marked = (mark: RegExp) => lines.flatMap((line) => (mark.test(line) ? [line.slice(1)] : []));
  return {
    label,
    added: marked(/^\+(?!\+\+ )/),
    removed: marked(/^-(?!-- )/),
    after: lines.flatMap((line) =>
      /^(?: |\+(?!\+\+ ))/.test(line) ? [{ text: line.slice(1), isNew: line.startsWith("+") }] : [],
    ),
  };
}
