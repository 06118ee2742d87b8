import type { TextEdit } from "vscode-languageserver";
import { editPlist, type PlistSubstitutions } from "../agent/recipes/plist.ts";
import type { OpenFailure } from "./evidence.ts";
import { faultAt, hintAt, type Problem, warningAt } from "./problem.ts";
import { changeBetween, rangeOn, removal, replacement, wholeLine } from "./text.ts";

/** pkg's own keywords (pkg-create(8)); the framework's stand in Keywords/. */
const pkgKeywords = new Set(
  "cwd cd exec preexec postexec unexec preunexec postunexec mode owner group comment dir dirrm dirrmtry pkgdep name ignore conflicts config include".split(
    " ",
  ),
);
/** Keywords that name a file, which therefore stands once. */
const fileKeywords = /^@(?:sample|config|dir|info|shell|fc|glib-schemas|\([^)]*\))[ \t]+\S/;
const maxFindings = 100;
/** A place in the list is looked for so often, in a list of at most so many lines. */
const maxMarked = 20;
const maxEdited = 20_000;
/** Stands for a substitution whose value only make knows; no path holds it. */
const unknown = "%";
/** Such ones in front that only switch the line. */
const gates = /^%+(?![%/])|^%+(?=%\/)/;

/** `%%NAME%%` words that switch a line or stand for a folder, taken off the line's front. */
const withoutGates = (line: string): string => line.replace(/^(?:%%[A-Z0-9_]+%%)+/, "");

export function plistProblems(lines: readonly string[], keywords: ReadonlySet<string> | null): Problem[] {
  const seen = new Map<string, number>();
  return lines.flatMap((text, line) => {
    if (text.trim() === "" || text.startsWith("#")) return [];
    return [
      ...unknownKeyword(text, line, keywords),
      ...absolutePath(text, line),
      ...duplicate(lines, line, seen),
    ];
  });
}

function unknownKeyword(text: string, line: number, keywords: ReadonlySet<string> | null): Problem[] {
  const gateless = withoutGates(text);
  const keyword = /^@([A-Za-z][\w-]*)/.exec(gateless)?.[1];
  if (keyword === undefined || keywords === null) return [];
  if (pkgKeywords.has(keyword) || keywords.has(keyword)) return [];
  const at = text.length - gateless.length;
  const range = rangeOn(line, at, at + keyword.length + 1);
  return [warningAt(range, "unknown-keyword", `Neither pkg nor the framework knows @${keyword}.`)];
}

function absolutePath(text: string, line: number): Problem[] {
  const path = withoutGates(text).trim();
  if (!path.startsWith("/") || path !== text.trim()) return [];
  const range = rangeOn(line, 0, text.length);
  const below = /^\/usr\/local\/(?=.)/.exec(path)?.[0];
  if (below === undefined)
    return [hintAt(range, "absolute-path", "This path is outside of the prefix on purpose, or wrong.")];
  const fixes = [{ title: `Remove ${below}`, edits: [replacement(range, path.slice(below.length))] }];
  return [faultAt(range, "absolute-path", "Paths of a packing list start at the prefix.", { fixes })];
}

function duplicate(lines: readonly string[], line: number, seen: Map<string, number>): Problem[] {
  const text = (lines[line] ?? "").trim();
  if (text.startsWith("@") && !fileKeywords.test(text)) return [];
  const before = seen.get(text);
  seen.set(text, before ?? line);
  if (before === undefined) return [];
  const fixes = [{ title: "Remove the repeated line", edits: [removal(lines, line)] }];
  return [
    warningAt(wholeLine(lines, line), "duplicate", `The same stands in line ${before + 1} already.`, {
      fixes,
    }),
  ];
}

/** What check-plist said in the newest failure, on the lines that it is about. */
export function stageProblems(
  lines: readonly string[],
  failures: readonly OpenFailure[],
  portname: string,
): Problem[] {
  const findings = failures.flatMap(({ diagnosis }) => diagnosis?.findings ?? []).slice(0, maxFindings);
  const paths = (kind: string): string[] => [
    ...new Set(
      findings.flatMap((one) => (one.kind === kind && one.captures.path ? [one.captures.path] : [])),
    ),
  ];
  const substitutions = usualSubstitutions(portname);
  const missing = paths("plist-missing").flatMap((path): Problem[] => {
    const line = lineOf(lines, path, substitutions);
    if (line === null) return [];
    const fixes = [{ title: "Remove the line", edits: [removal(lines, line)] }];
    return [
      faultAt(wholeLine(lines, line), "not-staged", `The last build did not stage ${path}.`, { fixes }),
    ];
  });
  if (lines.length > maxEdited) return missing;
  const unlisted = paths("plist-orphaned").filter((path) => lineOf(lines, path, substitutions) === null);
  const added = (some: readonly string[]): TextEdit => {
    const edited = editPlist(lines.join("\n"), { orphaned: some, missing: [] }, substitutions);
    const after = edited.text.replace(/\n$/, "").split("\n");
    return changeBetween(lines, lines.at(-1) === "" ? [...after, ""] : after);
  };
  const all = unlisted.length > 1 ? [{ title: "Add all that is not listed", edits: [added(unlisted)] }] : [];
  const orphaned = unlisted.slice(0, maxMarked).map((path): Problem => {
    const edit = added([path]);
    const line = Math.min(edit.range.start.line, lines.length - 1);
    const fixes = [{ title: `Add ${path}`, edits: [edit] }, ...all];
    return faultAt(
      wholeLine(lines, line),
      "not-listed",
      `The last build staged ${path}, which is not listed.`,
      {
        fixes,
      },
    );
  });
  return [...missing, ...orphaned];
}

/** What the framework substitutes unless a port says otherwise. */
const usualSubstitutions = (portname: string): PlistSubstitutions => ({
  DOCSDIR: `share/doc/${portname}`,
  EXAMPLESDIR: `share/examples/${portname}`,
  DATADIR: `share/${portname}`,
  ETCDIR: `etc/${portname}`,
  WWWDIR: `www/${portname}`,
});

/** The line that stands for a path; of a folder that a variable of the port names only the rest is compared. */
function lineOf(lines: readonly string[], path: string, substitutions: PlistSubstitutions): number | null {
  const found = lines.findIndex((line) => {
    const expanded = line
      .trim()
      .replace(/%%(\w+)%%/g, (_whole, name: string) => substitutions[name] ?? unknown)
      .replace(gates, "")
      .replace(/^@(?:\([^)]*\)|sample|info|shell|fc|glib-schemas)[ \t]+/, "");
    return expanded.startsWith(`${unknown}/`) ? path.endsWith(expanded.slice(1)) : expanded === path;
  });
  return found < 0 ? null : found;
}
