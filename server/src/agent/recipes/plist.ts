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
  const lines = plist === "" ? [] : plist.replace(/\n$/, "").split("\n");
  const missing = new Set(mismatch.missing);
  const unexplained = new Set(mismatch.missing);
  const entries: Entry[] = lines.map((text) => {
    const path = pathOf(text, substitutions);
    const gone = path !== null && missing.has(path);
    if (gone) unexplained.delete(path);
    return { text, path, gone };
  });
  for (const path of [...mismatch.orphaned].sort()) {
    if (entries.some((entry) => entry.path === path && !entry.gone)) {
      unexplained.add(path);
      continue;
    }
    entries.splice(placeOf(entries, path), 0, {
      text: asWritten(path, lines, substitutions),
      path,
      gone: false,
    });
  }
  const text = entries.flatMap((entry) => (entry.gone ? [] : [`${entry.text}\n`])).join("");
  return { text, unexplained: [...unexplained] };
}

/** A line of the list; `gone` ones stay as landmarks until the text is made. */
interface Entry {
  text: string;
  path: string | null;
  gone: boolean;
}

/** The path that a line installs, substitutions made; null for keywords, comments and lines switched off. */
function pathOf(line: string, substitutions: PlistSubstitutions): string | null {
  const expanded = line.replace(/%%(\w+)%%/g, (whole, name: string) => substitutions[name] ?? whole);
  if (expanded.startsWith("@(")) return expanded.slice(expanded.indexOf(")") + 1).trim();
  const keyword = /^@(sample|info|shell|fc|glib-schemas)\s+(\S+)/.exec(expanded)?.[2];
  if (keyword !== undefined) return keyword;
  return expanded.startsWith("@") || expanded.trim() === "" ? null : expanded.trim();
}

/** In sort order among the files that share most folders with it; a list need not be sorted as a whole. */
function placeOf(entries: readonly Entry[], path: string): number {
  const shared = entries.map((entry) => (entry.path === null ? -1 : sharedFolders(entry.path, path)));
  const most = Math.max(0, ...shared);
  const behind = entries.findIndex(
    (entry, at) => shared[at] === most && entry.path !== null && entry.path > path,
  );
  if (behind >= 0) return behind;
  const last = shared.lastIndexOf(most);
  return last >= 0 ? last + 1 : entries.findLastIndex((entry) => entry.path !== null) + 1;
}

function sharedFolders(a: string, b: string): number {
  const [left, right] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  const differs = left.findIndex((folder, index) => folder !== right[index]);
  return differs < 0 ? left.length : differs;
}

/** The path with the directory substitution that the list itself uses, the longest one that fits. */
function asWritten(path: string, lines: readonly string[], substitutions: PlistSubstitutions): string {
  const [fitting] = Object.entries(substitutions)
    .filter(
      ([name, folder]) =>
        path.startsWith(`${folder}/`) && lines.some((line) => line.includes(`%%${name}%%/`)),
    )
    .sort((a, b) => b[1].length - a[1].length);
  if (fitting === undefined) return path;
  const [name, folder] = fitting;
  return `${commonGate(lines, name)}%%${name}%%${path.slice(folder.length)}`;
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
