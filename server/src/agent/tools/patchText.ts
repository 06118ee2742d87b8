/**
 * Just enough of the unified and context diff formats to say which files a patch changes: the name is the `+++`
 * (or context `---`) line's, or the one before it when that is /dev/null, without time stamp, `.orig` or `./`.
 */
export function patchedFiles(patch: string): string[] {
  return [...new Set(sections(patch).map((section) => section.file))];
}

/** The part of a patch that changes `file`. */
export function sectionFor(patch: string, file: string): string {
  return sections(patch)
    .filter((section) => section.file === file)
    .map((section) => section.text)
    .join("");
}

interface Section {
  file: string;
  text: string;
}

function sections(patch: string): Section[] {
  const lines = patch.split(/(?<=\n)/);
  const starts: { at: number; file: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1] ?? "";
    const unified = line.startsWith("--- ") && next.startsWith("+++ ");
    const context =
      line.startsWith("*** ") && next.startsWith("--- ") && !/^\*\*\* \d+(,\d+)? \*\*\*\*/.test(line);
    if (!unified && !context) continue;
    const names = [next, line].map((header) => headerName(header));
    const file = names.find((name) => name !== "/dev/null");
    if (file !== undefined) starts.push({ at: index, file });
  }
  return starts.map(({ at, file }, index) => ({
    file,
    text: lines.slice(at, starts[index + 1]?.at ?? lines.length).join(""),
  }));
}

function headerName(header: string): string {
  const name = header.slice(4).split(/\t|\n/)[0] ?? "";
  return name
    .trim()
    .replace(/\s+\d{4}-\d\d-\d\d .*$/, "")
    .replace(/^\.\//, "")
    .replace(/\.orig$/, "");
}
