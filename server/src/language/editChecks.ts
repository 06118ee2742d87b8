import { distinfoProblems } from "./distinfo.ts";
import { parseMakefile } from "./makefile/parse.ts";
import { structureProblems } from "./makefile/structure.ts";
import { parsePatch } from "./patch/parse.ts";
import { countProblems } from "./patch/problems.ts";
import { type Place, placeOf } from "./place.ts";
import { plistProblems } from "./plist.ts";
import type { Problem } from "./problem.ts";
import { linesOf } from "./text.ts";

/** Faults and warnings; hints are for who looks at the file. */
const gravest = 2;

/** What is wrong with a port's file by its text alone, as an editor would mark it, each with its line. */
export function faultsIn(path: string, text: string): string[] {
  const place = placeOf(path);
  const lines = linesOf(text);
  if (place === null || lines === null) return [];
  return problemsOf(place, lines)
    .filter(({ severity }) => severity <= gravest)
    .map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
}

function problemsOf({ kind }: Place, lines: readonly string[]): Problem[] {
  switch (kind) {
    case "makefile":
    case "overlay":
      return structureProblems(lines, parseMakefile(lines), kind === "makefile");
    case "distinfo":
      return distinfoProblems(lines);
    case "plist":
      return plistProblems(lines, null);
    case "patch":
      return countProblems(lines, parsePatch(lines));
  }
}
