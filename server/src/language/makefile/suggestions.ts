import { addWords } from "../../agent/recipes/makefile.ts";
import { bindingsOf } from "../../agent/recipes/match.ts";
import type { Recipe } from "../../policy/recipe.ts";
import type { OpenFailure } from "../evidence.ts";
import { hintAt, type Problem } from "../problem.ts";
import { changeBetween, wholeLine } from "../text.ts";
import { assignmentsTo, type LogicalLine, wordsOf } from "./parse.ts";

/** No person's makefile is longer. */
const maxLines = 2000;

/**
 * What recipes that match the newest failure would add to the makefile. Only steps that are an edit of one variable
 * are taken; the rest needs an environment, and is the attempt's work.
 */
export function suggestions(
  lines: readonly string[],
  parsed: readonly LogicalLine[],
  failures: readonly OpenFailure[],
  recipes: readonly Recipe[],
): Problem[] {
  const problems = new Map<string, Problem>();
  if (lines.length > maxLines) return [];
  for (const { diagnosis } of failures) {
    if (diagnosis === null) continue;
    for (const recipe of recipes) {
      if (bindingsOf(recipe, diagnosis).length === 0) continue;
      for (const step of recipe.steps) {
        if (step.do !== "add-to-variable") continue;
        const missing = step.words.filter((word) => !has(lines, parsed, step.variable, word));
        if (missing.length === 0) continue;
        const words = `${step.variable}+=${missing.join(" ")}`;
        const after = addWords(lines.join("\n"), step.variable, missing).replace(/\n$/, "").split("\n");
        const edit = changeBetween(lines, lines.at(-1) === "" ? [...after, ""] : after);
        problems.set(
          words,
          hintAt(
            wholeLine(lines, place(parsed, step.variable)),
            "recipe",
            `${recipe.title}: ${words}. ${recipe.explanation}`,
            {
              fixes: [{ title: `Add ${words}`, edits: [edit] }],
            },
          ),
        );
      }
    }
  }
  return [...problems.values()];
}

function has(
  lines: readonly string[],
  parsed: readonly LogicalLine[],
  variable: string,
  word: string,
): boolean {
  return assignmentsTo(parsed, /^\w+$/)
    .filter(({ name }) => name === variable)
    .some((line) => wordsOf(lines, line).some(({ text }) => text === word || text.startsWith(`${word}:`)));
}

/** The variable's own line, else the first assignment, else the top. */
function place(parsed: readonly LogicalLine[], variable: string): number {
  const own = parsed.find(({ kind, name }) => kind === "assignment" && name === variable);
  return (own ?? parsed.find(({ kind }) => kind === "assignment"))?.first ?? 0;
}
