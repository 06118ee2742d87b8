import type { Range } from "vscode-languageserver";
import { rangeOn } from "../text.ts";

/** A line of a makefile with the physical lines that continue it. */
export interface LogicalLine {
  kind: "assignment" | "target" | "command" | "directive" | "comment" | "blank" | "other";
  /** Physical lines, from 0. */
  first: number;
  last: number;
  /** Of an assignment; of a directive its word (`if`, `include`), of a target its names. */
  name: string;
  operator: string;
  /** Column behind the operator, the directive's word or the target's colon. */
  valueAt: number;
}

export interface Word {
  text: string;
  range: Range;
}

const continues = (line: string): boolean =>
  /\\$/.test(line) && (/\\+$/.exec(line)?.[0].length ?? 0) % 2 === 1;

/** Reads a makefile as text; nothing is expanded, since make would run shell for that. */
export function parseMakefile(lines: readonly string[]): LogicalLine[] {
  const parsed: LogicalLine[] = [];
  for (let first = 0; first < lines.length; first += 1) {
    let last = first;
    while (continues(lines[last] ?? "") && last + 1 < lines.length) last += 1;
    parsed.push({ first, last, ...classify(lines[first] ?? "") });
    first = last;
  }
  return parsed;
}

function classify(line: string): Omit<LogicalLine, "first" | "last"> {
  const none = { name: "", operator: "", valueAt: line.length };
  if (line.trim() === "") return { kind: "blank", ...none };
  if (line.startsWith("\t")) return { kind: "command", ...none };
  if (/^\s*#/.test(line)) return { kind: "comment", ...none };
  const directive = /^\.[ \t]*(-?[a-z]+)/.exec(line);
  if (directive)
    return { kind: "directive", ...none, name: directive[1] ?? "", valueAt: directive[0].length };
  const assignment = /^ *([\w.${}+-]*[\w.}])[ \t]*([+?:!]?=)/.exec(line);
  if (assignment)
    return {
      kind: "assignment",
      name: assignment[1] ?? "",
      operator: assignment[2] ?? "",
      valueAt: assignment[0].length,
    };
  const target = /^([^\s:=#][^:=#]*)(::?|!)/.exec(line);
  if (target) return { kind: "target", ...none, name: (target[1] ?? "").trim(), valueAt: target[0].length };
  return { kind: "other", ...none };
}

/** Where a comment begins, or the line's end; `\#` and the `[#` of a modifier begin none. */
function commentAt(line: string): number {
  for (let at = line.indexOf("#"); at >= 0; at = line.indexOf("#", at + 1)) {
    if (line[at - 1] !== "\\" && line[at - 1] !== "[") return at;
  }
  return line.length;
}

/** Words of a value with their places; what stands in `${...}` is part of its word. */
export function wordsOf(lines: readonly string[], { first, last, valueAt }: LogicalLine): Word[] {
  const words: Word[] = [];
  for (let line = first; line <= last; line += 1) {
    const text = lines[line] ?? "";
    const end = commentAt(text);
    const start = line === first ? valueAt : 0;
    for (const found of text.slice(start, end).matchAll(/(?:\$\{[^{}]{0,200}\}|\S)+/g)) {
      if (found[0] === "\\") continue;
      const at = start + found.index;
      const word =
        line < last && at + found[0].length === text.length ? found[0].replace(/\\$/, "") : found[0];
      words.push({ text: word, range: rangeOn(line, at, at + word.length) });
    }
    if (end < text.length) break;
  }
  return words;
}

/** The name at the line's beginning. */
export function nameRange(lines: readonly string[], { first, name }: LogicalLine): Range {
  const at = Math.max(0, (lines[first] ?? "").indexOf(name));
  return rangeOn(first, at, at + name.length);
}

export const assignmentsTo = (parsed: readonly LogicalLine[], name: RegExp): LogicalLine[] =>
  parsed.filter((line) => line.kind === "assignment" && name.test(line.name));

/** Variables that hold words of USES, those of options too. */
export const usesVariable = /^(?:\w+_)?USES$/;
/** Variables that hold dependencies, those of options too. */
export const dependsVariable = /^(?:\w+_)?DEPENDS$/;
const dependency = /:(?<origin>[\w.+-]+\/[\w.+-]+)(?<rest>(?:@[^\s:]*)?(?::[\w-]+)?)$/;

/** The origin that a dependency's word names, with its place; null for one that make has to expand. */
export function dependencyOf({ text, range }: Word): Word | null {
  const groups = dependency.exec(text)?.groups;
  if (groups?.origin === undefined) return null;
  const end = range.end.character - (groups.rest?.length ?? 0);
  return { text: groups.origin, range: rangeOn(range.start.line, end - groups.origin.length, end) };
}
