import type { Range } from "vscode-languageserver";
import { faultAt, type Problem, warningAt } from "../problem.ts";
import { replacement } from "../text.ts";
import type { Trees } from "../tree.ts";
import {
  assignmentsTo,
  dependencyOf,
  dependsVariable,
  type LogicalLine,
  usesVariable,
  type Word,
  wordsOf,
} from "./parse.ts";

/** Dependencies looked up for one document. */
const maxDependencies = 1000;

/** What a makefile refers to and the tree does not have. */
export async function referenceProblems(
  lines: readonly string[],
  parsed: readonly LogicalLine[],
  trees: Trees,
): Promise<Problem[]> {
  return [...(await unknownUses(lines, parsed, trees)), ...(await unknownPorts(lines, parsed, trees))];
}

/** `compiler:c++17-lang` is the word `compiler` with arguments; null for what make has to expand. */
export function usesWord({ text }: Word): string | null {
  const [word = ""] = text.split(":", 1);
  return /^[\w.+-]+$/.test(word) ? word : null;
}

async function unknownUses(
  lines: readonly string[],
  parsed: readonly LogicalLine[],
  trees: Trees,
): Promise<Problem[]> {
  const known = await trees.uses();
  if (known === null) return [];
  return assignmentsTo(parsed, usesVariable).flatMap((line) =>
    wordsOf(lines, line).flatMap((word) => {
      const name = usesWord(word);
      if (name === null || known.has(name)) return [];
      const edits = [replacement(withBlankBefore(lines, word), "")];
      return faultAt(
        word.range,
        "unknown-uses",
        `The framework has no USES=${name} (no Mk/Uses/${name}.mk).`,
        {
          fixes: [{ title: `Remove ${word.text} from ${line.name}`, edits }],
        },
      );
    }),
  );
}

/** The word with the blanks before it, but not those that align the first word of a line. */
function withBlankBefore(lines: readonly string[], { range }: Word) {
  const { line, character } = range.start;
  const before = (lines[line] ?? "").slice(0, character);
  const blanks = /\S( +)$/.exec(before)?.[1] ?? "";
  return { ...range, start: { line, character: character - blanks.length } };
}

export const dependencies = (lines: readonly string[], parsed: readonly LogicalLine[]): Word[] =>
  assignmentsTo(parsed, dependsVariable)
    .flatMap((line) => wordsOf(lines, line).flatMap((word) => dependencyOf(word) ?? []))
    .slice(0, maxDependencies);

async function unknownPorts(
  lines: readonly string[],
  parsed: readonly LogicalLine[],
  trees: Trees,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { text: origin, range } of dependencies(lines, parsed)) {
    if ((await trees.hasPort(origin)) !== false) continue;
    problems.push(await absentPort(origin, range, trees));
  }
  return problems;
}

async function absentPort(origin: string, range: Range, trees: Trees): Promise<Problem> {
  const moved = await trees.moved(origin);
  if (moved === null) return warningAt(range, "unknown-port", `The tree has no port ${origin}.`);
  const why = `${moved.reason.slice(0, 200)} (${moved.date.slice(0, 10)})`;
  if (moved.to === null)
    return faultAt(range, "removed-port", `${origin} was removed from the tree: ${why}.`);
  // The dependency names a flavor by itself.
  const [to = ""] = moved.to.split("@", 1);
  const isThere = (await trees.hasPort(to)) === true;
  const fixes = isThere ? [{ title: `Depend on ${to}`, edits: [replacement(range, to)] }] : [];
  return faultAt(range, "moved-port", `${origin} is ${moved.to} now: ${why}.`, { fixes });
}
