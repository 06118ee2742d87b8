import { judgedLength, partsOfSoftware } from "./suspicions.ts";
import { upstreamLists } from "./suspicionsInPort.ts";

/** `pattern:category/port[@flavor]`, on whichever line of a list it stands. */
const dependencyWord = /^[^:\s]+:[\w.+-]+\/[\w.+@-]+$/;
const optionWord = /^[A-Z0-9_]+$/;
const options = /^\s*OPTIONS_\w+\s*[?:+]?=/;

/** A list that is set to what it was, less some words. */
const isFiltered = (line: string, name = ""): boolean => /:=\s*\$[{(](\w+):/.exec(line)?.[1] === name;

/** The first word of removed lines that counts and stands nowhere in the added ones. */
function lost(
  added: readonly string[],
  removed: readonly string[],
  counts: (line: string, word: string) => boolean,
): string | undefined {
  const kept = added.join("\n");
  return removed
    .filter((line) => !line.trimStart().startsWith("#"))
    .flatMap((line) => line.split(/[\s=]+/).filter((word) => counts(line, word)))
    .find((word) => !kept.includes(word));
}

/** What a Makefile loses: words that stood in a dependency or option list and stand nowhere in the new one. */
export function lossesInPort(added: readonly string[], removed: readonly string[]): string[] {
  const dependency = lost(added, removed, (_, word) => dependencyWord.test(word));
  const option = lost(added, removed, (line, word) => options.test(line) && optionWord.test(word));
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

/** What the software loses: words of a list of its parts or tests that stand nowhere in the new one. */
export function lossesInCode(added: readonly string[], removed: readonly string[]): string[] {
  const part = lost(
    added,
    removed,
    (line, word) =>
      partsOfSoftware.test(line.slice(0, judgedLength)) &&
      !partsOfSoftware.test(`${word}=`) &&
      /\w/.test(word),
  );
  return part === undefined ? [] : [`takes ${part} out of what the software builds or tests`];
}

/** What a packing list loses: more lines than it gains, or one that still stands there and packs nothing, or not always. */
export function lossesInPackingList(added: readonly string[], removed: readonly string[]): string[] {
  const gone = new Set(removed.map((line) => line.trim()));
  const isWeakened = (line: string): boolean => {
    const [, rest = ""] = /^(?:@(?:comment|ignore)\s*|(?:%%\w+%%)+)(.*)$/.exec(line.trim()) ?? [];
    return /^@(?:comment|ignore)\b/.test(line.trim()) || gone.has(rest);
  };
  return [
    ...(removed.length > added.length ? ["removes more from the packing list than it adds"] : []),
    ...(added.some(isWeakened)
      ? ["takes lines out of the packing list, or makes them depend on something"]
      : []),
  ];
}
