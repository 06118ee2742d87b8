import { passesOver } from "./alternatives.ts";
import { deletionsIn } from "./deletions.ts";
import { type DiffFile, type Line, parseDiff } from "./diff.ts";
import { deadAfterReturn, emptiedFunctions } from "./emptied.ts";
import { hidesInPipe, passesAsCondition, standing } from "./hiding.ts";
import { logicalLines } from "./logical.ts";
import { lossesInCode, lossesInPackingList, lossesInPort } from "./losses.ts";
import { nestedChanges, type PortChange, portChanges } from "./nested.ts";
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

const asNew = (text: string): Line => ({ text, isNew: true });

/** Added lines, and what make reads where some of them go on at the next one. */
function whole(added: readonly string[]): string[] {
  const joined = logicalLines(added.map(asNew)).filter(({ count }) => count > 1);
  return [...added, ...joined.map(({ text }) => text)];
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
  if (isPatch && !name.endsWith(".diff")) flags.push(...lintPatch(name, file));
  return flags;
}

/** What a patch makes of the software's functions, and of the commands in its Makefiles. */
function lintPatch(name: string, { added, before, after }: DiffFile): string[] {
  const known = new Set(emptiedFunctions(before));
  const lines = after.map(({ text }) => text);
  const emptied = emptiedFunctions(lines).filter((one) => !known.has(one));
  const flags = emptied.map(
    (one) => `leaves the function ${one} nothing to do, or has it return a constant at once`,
  );
  if (emptied.length === 0 && deadAfterReturn(lines) && !deadAfterReturn(before))
    flags.push("returns a constant before code that then never runs");
  for (const change of nestedChanges(name, added, true))
    if (/makefile|\.(?:mk|mak|am)\b/i.test(change.label)) flags.push(...lintCommands(change));
  return flags;
}

/** What becomes of failures in the commands of a Makefile, more often than before. */
function lintCommands({ removed, after }: PortChange): string[] {
  const commands = logicalLines(after).filter(({ isNew }) => isNew);
  const former = logicalLines(removed.map(asNew)).map(({ text }) => text);
  const stood = standing(former);
  const none: ReadonlySet<string> = new Set();
  const hasMore = (hides: (line: string, stood: ReadonlySet<string>) => boolean) =>
    commands.filter(({ text }) => hides(text, stood)).length >
    former.filter((text) => hides(text, none)).length;
  return [
    ...(hasMore(hidesInPipe) ? ["hides a command's failure behind a pipe (| cat)"] : []),
    ...(hasMore(passesAsCondition) ? ["takes a command's failure for an answer (if, while, && :)"] : []),
  ];
}

/** Lines of the sources that scripts of sed take out which were not there before. */
function lintDeletions({ added, removed, after }: PortChange): string[] {
  const isNew = (script: string) =>
    added.some((line) => line.includes(script)) && !removed.some((line) => line.includes(script));
  return logicalLines(after).flatMap(({ text }) => deletionsIn(text, isNew));
}

function lintChange(change: PortChange): string[] {
  const { label, added, removed, code } = change;
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
  if (!code) flags.push(...lintCommands(change), ...lintDeletions(change));
  if (code && lines.some(blinds)) flags.push("keeps the software's make from minding failures");
  if (code && added.some((line) => hiddenCode.test(line))) flags.push("takes code out (#if 0)");
  if (code && added.some((line) => earlyEnd.test(line))) flags.push("ends a script early");
  flags.push(...(code ? lossesInCode(added, removed) : lossesInPort(added, removed)));
  const isKept = (line: string) => added.some((one) => one.trim() === line.trim());
  if (code && removed.some((line) => testLine.test(line.slice(0, judgedLength)) && !isKept(line)))
    flags.push("removes a test or an assertion of the software");
  return flags;
}
