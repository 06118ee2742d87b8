import type { Hover, Position, Range } from "vscode-languageserver";
import type { Store } from "../store/types.ts";
import { isMakefile, type Knowledge, type PortsDocument } from "./document.ts";
import { type PortStatus, statusOf } from "./evidence.ts";
import { nameRange, usesVariable, wordsOf } from "./makefile/parse.ts";
import { dependencies, usesWord } from "./makefile/references.ts";
import { variables } from "./makefile/variables.ts";
import { holds, wholeLine } from "./text.ts";

/** Text for a person about what stands at a place; null for nothing to say. */
export async function hoverAt(
  document: PortsDocument,
  position: Position,
  { store, trees }: Knowledge,
): Promise<Hover | null> {
  if (!isMakefile(document))
    return position.line === 0 ? portHover(store, document.origin, wholeLine(document.lines, 0)) : null;
  const { lines, parsed, origin } = document;
  const dependency = dependencies(lines, parsed).find(({ range }) => holds(range, position));
  if (dependency) return portHover(store, dependency.text, dependency.range);
  const line = parsed.find(({ first, last }) => position.line >= first && position.line <= last);
  if (line?.kind !== "assignment") return null;
  const name = nameRange(lines, line);
  if (holds(name, position)) {
    const text = variables[line.name];
    return text === undefined ? null : hover(`**${plain(line.name)}**: ${text}`, name);
  }
  const word = wordsOf(lines, line).find(({ range }) => holds(range, position));
  if (word === undefined) return null;
  if (line.name === "PORTNAME") return portHover(store, origin, word.range);
  const uses = usesVariable.test(line.name) ? usesWord(word) : null;
  if (uses === null) return null;
  const comment = await trees.usesComment(uses);
  return comment === "" ? null : hover(`**USES=${plain(uses)}**\n\n${fenced(comment)}`, word.range);
}

const hover = (value: string, range: Range): Hover => ({ contents: { kind: "markdown", value }, range });

function portHover(store: Store, origin: string, range: Range): Hover {
  const status = statusOf(store, origin);
  const told = status.length === 0 ? "No run that is known here built it." : status.map(inWords).join("\n");
  return hover(`**${plain(origin)}**\n\n${told}`, range);
}

function inWords({ target, subject, last, built }: PortStatus): string {
  const parts = [
    subject &&
      `case ${subject.state} (${subject.classification}${subject.phase ? ` in ${subject.phase}` : ""})`,
    last && `last ${last.kind} ${day(last.at)}${version(last.pkgname)}`,
    built === null
      ? "no success in the newest runs"
      : built !== last && `last built ${day(built.at)}${version(built.pkgname)}`,
  ];
  return `* ${plain(target)}: ${plain(parts.filter(Boolean).join("; "))}`;
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const version = (pkgname: string): string => (pkgname === "" ? "" : ` as ${pkgname.replace(/\.\w+$/, "")}`);

/** Text that Markdown takes literally. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]()#+!|<>~&-]/g, "\\$&").replace(/\s+/g, " ");

/** A block that no line of the text can close. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
