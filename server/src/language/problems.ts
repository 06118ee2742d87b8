import { distinfoProblems } from "./distinfo.ts";
import type { Knowledge, PortsDocument } from "./document.ts";
import { openFailures } from "./evidence.ts";
import { referenceProblems } from "./makefile/references.ts";
import { structureProblems } from "./makefile/structure.ts";
import { suggestions } from "./makefile/suggestions.ts";
import { parsePatch } from "./patch/parse.ts";
import { countProblems, driftProblems } from "./patch/problems.ts";
import { plistProblems, stageProblems } from "./plist.ts";
import type { Problem } from "./problem.ts";

/** More than that is not shown of one document. */
const maxProblems = 500;

/** All that is wrong in a document, by itself, against the trees and in the light of the port's open failures. */
export async function problemsIn(document: PortsDocument, knowledge: Knowledge): Promise<Problem[]> {
  return distinct(await found(document, knowledge)).slice(0, maxProblems);
}

async function found(document: PortsDocument, { store, trees, recipes }: Knowledge): Promise<Problem[]> {
  const { kind, lines, parsed, origin, name } = document;
  const failures = openFailures(store, origin);
  switch (kind) {
    case "makefile":
    case "overlay":
      return [
        ...structureProblems(lines, parsed, kind === "makefile"),
        ...(await referenceProblems(lines, parsed, trees)),
        ...suggestions(lines, parsed, failures, recipes),
      ];
    case "distinfo":
      return distinfoProblems(lines);
    case "plist":
      return [
        ...plistProblems(lines, await trees.keywords()),
        ...stageProblems(lines, failures, origin.split("/")[1] ?? ""),
      ];
    case "patch": {
      const files = parsePatch(lines);
      return [...countProblems(lines, files), ...driftProblems(lines, files, failures, name)];
    }
  }
}

/** Failures on several targets say the same of one line. */
function distinct(problems: readonly Problem[]): Problem[] {
  const keyOf = ({ range, message }: Problem): string =>
    `${range.start.line} ${range.start.character} ${message}`;
  return [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
}
