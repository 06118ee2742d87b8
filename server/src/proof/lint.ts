import { type DiffFile, parseDiff } from "./diff.ts";
import { type PortChange, portChanges } from "./nested.ts";
import { blindingLines, hiddenCode, suspiciousAdditions, testLine, unseen } from "./suspicions.ts";
import { suspiciousInPort, upstreamLists } from "./suspicionsInPort.ts";

const maxDiffBytes = 64 * 1024;
/** patch(1) of the BSDs ends a name at a blank, and makes folders by a shell. */
const oddName = /[^\w./+,@%=:~-]/;
/** Characters of a line that are matched; a longer line is flagged for its length. */
const judgedLength = 4096;

/**
 * Why a diff is refused before anything is built: it is empty, too large, reaches outside the port's overlay
 * folder, or keeps make from telling a failure. null when nothing of that holds.
 */
export function refuseDiff(diff: string, origin: string): string | null {
  if (diff.trim() === "") return "the diff is empty: a fix changes something";
  const bytes = Buffer.byteLength(diff);
  if (bytes > maxDiffBytes) return `the diff has ${bytes} bytes, more than ${maxDiffBytes}`;
  const files = parseDiff(diff);
  if (files.length === 0) return "the diff names no file";
  for (const file of files) {
    const folder = `ports/${origin}/`;
    const stray = file.paths.find((path) => !path.startsWith(folder) || path.split("/").includes(".."));
    if (stray !== undefined) return `${stray} is outside ${folder}`;
    const odd = file.paths.find((path) => oddName.test(path));
    if (odd !== undefined) return `${odd} has a name that a shell or patch(1) may read as something else`;
    if (file.binary) return `${file.path} is a binary change`;
    if (file.modes.some((mode) => !mode.startsWith("100"))) return `${file.path} is a link or a submodule`;
  }
  for (const { label, added, code } of files.flatMap(portChanges)) {
    const line = code ? undefined : whole(added).find(blinds);
    if (line !== undefined)
      return `${label} keeps make from running commands or from minding failures: ${line.trim().slice(0, 100)}`;
  }
  return null;
}

/** `pattern:category/port[@flavor]`, on whichever line of a list it stands. */
const dependencyWord = /^[^:\s]+:[\w.+-]+\/[\w.+@-]+$/;
const optionWord = /^[A-Z0-9_]+$/;
const options = /^\s*OPTIONS_\w+\s*[?:+]?=/;

/** Added lines, and what make reads where some of them go on at the next one. */
function whole(added: readonly string[]): string[] {
  const joined: string[] = [];
  let open: string | null = null;
  for (const line of added) {
    const text: string = open === null ? line : `${open} ${line.trimStart()}`;
    const goesOn = /(?<!\\)(?:\\\\)*\\$/.test(line);
    if (open !== null && !goesOn) joined.push(text);
    open = goesOn ? text.slice(0, -1).trimEnd().slice(0, judgedLength) : null;
  }
  return [...added, ...joined];
}

const blinds = (line: string) => blindingLines.some((pattern) => pattern.test(line.slice(0, judgedLength)));

/** Why a person should look twice at a diff; each flag names the file and what is suspicious in it. */
export function lintDiff(diff: string, origin: string): string[] {
  const refused = refuseDiff(diff, origin);
  if (Buffer.byteLength(diff) > maxDiffBytes) return refused === null ? [] : [refused];
  const flags = refused === null ? [] : [refused];
  for (const file of parseDiff(diff)) flags.push(...lintFile(file).map((why) => `${file.path}: ${why}`));
  return [...new Set(flags)];
}

function lintFile(file: DiffFile): string[] {
  const name = file.path.split("/").at(-1) ?? "";
  const flags: string[] = [];
  if (file.modes.includes("100755")) flags.push("makes a file executable");
  if (name === "STATUS") flags.push("changes the port's STATUS");
  if (file.path.endsWith("/diffs/REMOVE"))
    for (const path of file.added.filter((line) => line.trim() !== "")) flags.push(`removes ${path.trim()}`);
  if (/^(?:extra-)?patch-|\.diff$/.test(name) && file.deleted) flags.push("removes a patch");
  if (file.added.some((line) => line.length > judgedLength)) flags.push("holds a very long line");
  if (file.added.some((line) => unseen.test(line))) flags.push("holds characters that a reader does not see");
  for (const change of portChanges(file)) flags.push(...lintChange(change));
  return flags;
}

function lintChange({ label, added, removed, code }: PortChange): string[] {
  const flags: string[] = [];
  const name = label.split("/").at(-1) ?? "";
  if (name === "distinfo") flags.push("changes checksums of distfiles");
  if (/^pkg-plist/.test(name) && removed.length > added.length)
    flags.push("removes more from the packing list than it adds");
  const lines = whole(added);
  for (const [pattern, why] of code ? suspiciousAdditions : [...suspiciousAdditions, ...suspiciousInPort])
    if (lines.some((line) => pattern.test(line.slice(0, judgedLength)))) flags.push(why);
  if (code && lines.some(blinds)) flags.push("keeps the software's make from minding failures");
  if (code && added.some((line) => hiddenCode.test(line))) flags.push("takes code out (#if 0)");
  if (!code) flags.push(...lintLosses(added, removed));
  const isKept = (line: string) => added.some((one) => one.trim() === line.trim());
  if (code && removed.some((line) => testLine.test(line.slice(0, judgedLength)) && !isKept(line)))
    flags.push("removes a test or an assertion of the software");
  return flags;
}

/** A list that is set to what it was, less some words. */
const isFiltered = (line: string, name = ""): boolean => /:=\s*\$[{(](\w+):/.exec(line)?.[1] === name;

/** What a Makefile loses: words that stood in a dependency or option list and stand nowhere in the new one. */
function lintLosses(added: readonly string[], removed: readonly string[]): string[] {
  const kept = added.join("\n");
  const lost = (counts: (line: string, word: string) => boolean) =>
    removed
      .filter((line) => !line.trimStart().startsWith("#"))
      .flatMap((line) => line.split(/[\s=]+/).filter((word) => counts(line, word)))
      .find((word) => !kept.includes(word));
  const dependency = lost((_, word) => dependencyWord.test(word));
  const option = lost((line, word) => options.test(line) && optionWord.test(word));
  const nameOf = (line: string) => /^[ ]*(\w+)/.exec(line)?.[1];
  const had = new Set(removed.map(nameOf));
  const hiding = added.find(
    (line) =>
      upstreamLists.test(line.slice(0, judgedLength)) &&
      !had.has(nameOf(line)) &&
      !isFiltered(line, nameOf(line)),
  );
  return [
    ...(dependency === undefined ? [] : [`drops the dependency ${dependency}`]),
    ...(option === undefined ? [] : [`drops ${option} from the port's options`]),
    ...(hiding === undefined ? [] : [`replaces all of ${nameOf(hiding)}`]),
  ];
}
