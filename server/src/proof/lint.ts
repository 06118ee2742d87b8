import { passesOver } from "./alternatives.ts";
import { type DiffFile, parseDiff } from "./diff.ts";
import { lossesInCode, lossesInPackingList, lossesInPort } from "./losses.ts";
import { type PortChange, portChanges } from "./nested.ts";
import {
  blindingLines,
  earlyEnd,
  hiddenCode,
  judgedLength,
  suspiciousAdditions,
  testLine,
  unseen,
} from "./suspicions.ts";
import { suspiciousInPort } from "./suspicionsInPort.ts";

const maxDiffBytes = 64 * 1024;
/** patch(1) of the BSDs ends a name at a blank, and makes folders by a shell. */
const oddName = /[^\w./+,@%=:~-]/;

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
  const isPatch = /^(?:extra-)?patch-|\.diff$/.test(name);
  if (isPatch && file.deleted) flags.push("removes a patch");
  if (isPatch && file.added.some((line) => /^(?:---|\+\+\+) (?:\S*\/)?\.\.\//.test(line)))
    flags.push("reaches out of the folder that it patches");
  if (isPatch && file.added.some((line) => /^\+\+\+ \/dev\/null/.test(line)))
    flags.push("takes a whole file away");
  if (file.added.some((line) => line.length > judgedLength)) flags.push("holds a very long line");
  if (file.added.some((line) => unseen.test(line))) flags.push("holds characters that a reader does not see");
  for (const change of portChanges(file)) flags.push(...lintChange(change));
  return flags;
}

function lintChange({ label, added, removed, code }: PortChange): string[] {
  const flags: string[] = [];
  const name = label.split("/").at(-1) ?? "";
  if (name === "distinfo") flags.push("changes checksums of distfiles");
  if (/^pkg-plist/.test(name)) flags.push(...lossesInPackingList(added, removed));
  const lines = whole(added);
  // To a shell and to make a word in quotes is the same word.
  const readings = code ? lines : [...lines, ...lines.map((line) => line.replace(/["'\\]/g, ""))];
  for (const [pattern, why] of code ? suspiciousAdditions : [...suspiciousAdditions, ...suspiciousInPort])
    if (readings.some((line) => pattern.test(line.slice(0, judgedLength)))) flags.push(why);
  if (!code && lines.some((line) => passesOver(line.slice(0, judgedLength))))
    flags.push("goes on where a command failed (||)");
  if (code && lines.some(blinds)) flags.push("keeps the software's make from minding failures");
  if (code && added.some((line) => hiddenCode.test(line))) flags.push("takes code out (#if 0)");
  if (code && added.some((line) => earlyEnd.test(line))) flags.push("ends a script early");
  flags.push(...(code ? lossesInCode(added, removed) : lossesInPort(added, removed)));
  const isKept = (line: string) => added.some((one) => one.trim() === line.trim());
  if (code && removed.some((line) => testLine.test(line.slice(0, judgedLength)) && !isKept(line)))
    flags.push("removes a test or an assertion of the software");
  return flags;
}
