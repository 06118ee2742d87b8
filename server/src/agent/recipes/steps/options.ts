import { query, readText, rootOf } from "../files.ts";
import { addWords } from "../makefile.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import { editMakefile, overlayMakefile } from "./overlayMakefile.ts";

/**
 * Chooses a default for a group that has none: what upstream's own default was, unless the overlay drops exactly
 * that one; then the group's way of saying "none"; then its first option.
 */
export function* chooseOption(bench: Bench, group: string): Script<string> {
  const variable = `OPTIONS_SINGLE_${group}`;
  const values = yield* query(bench, [variable, "OPTIONS_EXCLUDE", "OPTIONS_DEFAULT"]);
  const words = (name: string): string[] => (values[name] ?? "").split(/\s+/).filter((word) => word !== "");
  const options = words(variable).filter((option) => !words("OPTIONS_EXCLUDE").includes(option));
  if (options.length === 0) throw new StepRefused(`${variable} is empty`);
  const upstream = yield* readText(bench, `${rootOf(bench, "upstream")}/Makefile`);
  const overlay = yield* readText(bench, overlayMakefile(bench));
  const dropped = (option: string): boolean => new RegExp(`:N${option}\\b`).test(overlay?.text ?? "");
  const defaults = defaultsIn(upstream?.text ?? "");
  const choice =
    options.find((option) => defaults.has(option) && !dropped(option)) ??
    options.find((option) => /(^|_)NONE$/.test(option)) ??
    options.find((option) => !dropped(option));
  if (choice === undefined) throw new StepRefused(`the overlay drops every option of ${group}`);
  yield* editMakefile(bench, (text) => addWords(text, "OPTIONS_DEFAULT", [choice]));
  return `OPTIONS_DEFAULT+= ${choice}`;
}

/** Words of every OPTIONS_DEFAULT assignment, for whatever system. */
function defaultsIn(makefile: string): Set<string> {
  const joined = makefile.replace(/\\\n/g, " ");
  const values = [...joined.matchAll(/^OPTIONS_DEFAULT(?:_\w+)?\s*[+?:]?=(.*)$/gm)].map(
    (found) => found[1] ?? "",
  );
  return new Set(values.flatMap((value) => value.split(/\s+/)));
}
