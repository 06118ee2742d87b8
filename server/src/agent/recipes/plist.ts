/** What check-plist found, as paths relative to the prefix. */
export interface PlistMismatch {
  orphaned: readonly string[];
  missing: readonly string[];
}

/** A substitution of a packing list: the text that `%%NAME%%` stands for. */
export type PlistSubstitutions = Readonly<Record<string, string>>;

/** Reads make's PLIST_SUB: `NAME=value` words, values perhaps quoted. */
export function parseSubstitutions(value: string): PlistSubstitutions {
  const found = value.matchAll(/(\w+)=("[^"]*"|'[^']*'|\S*)/g);
  return Object.fromEntries(
    [...found].map((one) => [one[1] ?? "", (one[2] ?? "").replace(/^["']|["']$/g, "")]),
  );
}

export interface PlistEdit {
  text: string;
  /** Paths of the mismatch that no line of this list accounts for. */
  unexplained: string[];
}

/**
 * Takes the lines of missing files out of a packing list and puts orphaned ones in, each beside its neighbours in
 * sort order and with the substitutions that its neighbours use. Keywords, comments and the order of the rest stay.
 */
export function editPlist(
  plist: string,
  mismatch: PlistMismatch,
  substitutions: PlistSubstitutions,
): PlistEdit {
  const lines = plist.replace(/\n$/, "").split("\n");
  const missing = new Set(mismatch.missing);
  const unexplained = new Set(mismatch.missing);
  const removedLines: { index: number; text: string }[] = [];
  const kept = lines.filter((line, index) => {
    const path = pathOf(line, substitutions);
    if (path === null || !missing.has(path)) return true;
    unexplained.delete(path);
    removedLines.push({ index, text: line });
    return false;
  });
  for (const path of [...mismatch.orphaned].sort()) {
    if (kept.some((line) => pathOf(line, substitutions) === path)) {
      unexplained.add(path);
      continue;
    }
    kept.splice(placeOf(kept, path, substitutions), 0, asWritten(path, lines, substitutions));
  }
  const text = kept.length === 0 ? "" : `${kept.join("\n")}\n`;
  return { text, unexplained: [...unexplained] };
}

/** The path that a line installs, substitutions made; null for keywords, comments and lines switched off. */
function pathOf(line: string, substitutions: PlistSubstitutions): string | null {
  const expanded = line.replace(/%%(\w+)%%/g, (whole, name: string) => substitutions[name] ?? whole);
  if (expanded.startsWith("@(")) return expanded.slice(expanded.indexOf(")") + 1).trim();
  const keyword = /^@(sample|info|shell|fc|glib-schemas)\s+(\S+)/.exec(expanded)?.[2];
  if (keyword !== undefined) return keyword;
  return expanded.startsWith("@") || expanded.trim() === "" ? null : expanded.trim();
}

/** Before the first file that sorts behind it, else behind the last file. */
function placeOf(lines: readonly string[], path: string, substitutions: PlistSubstitutions): number {
  const behind = lines.findIndex((line) => {
    const other = pathOf(line, substitutions);
    return other !== null && other > path;
  });
  if (behind >= 0) return behind;
  return lines.findLastIndex((line) => pathOf(line, substitutions) !== null) + 1;
}

/** The path with those directory substitutions that the list itself uses, the longest first. */
function asWritten(path: string, lines: readonly string[], substitutions: PlistSubstitutions): string {
  const used = Object.entries(substitutions)
    .filter(([name, value]) => value.includes("/") && lines.some((line) => line.startsWith(`%%${name}%%/`)))
    .sort((a, b) => b[1].length - a[1].length);
  const [name, value] = used.find(([, folder]) => path.startsWith(`${folder}/`)) ?? [];
  if (name === undefined || value === undefined) return path;
  const prefixes = lines.flatMap((line) =>
    /^((?:%%\w+%%)*)%%\w+%%\//.exec(line)?.[0] === undefined ? [] : [line],
  );
  const gate = commonGate(prefixes, name);
  return `${gate}%%${name}%%${path.slice(value.length)}`;
}

/** `%%PORTDOCS%%` and the like, when every line below that directory carries it. */
function commonGate(lines: readonly string[], name: string): string {
  const gates = new Set(
    lines.flatMap((line) => {
      const at = line.indexOf(`%%${name}%%/`);
      return at < 0 ? [] : [line.slice(0, at)];
    }),
  );
  const [gate] = gates;
  return gates.size === 1 && gate !== undefined ? gate : "";
}
