import type { Step } from "../../../policy/recipe.ts";
import { literal, rootOf } from "../files.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import {
  editSource,
  installPatches,
  locateSource,
  patchedSources,
  type SourceView,
  viewSource,
} from "../sources.ts";

type ReplaceLines = Extract<Step, { do: "replace-lines" }>;

/** Replaces lines of one source by a patch of the overlay. */
export function* replaceLines(bench: Bench, step: ReplaceLines): Script<string> {
  const pattern = step.line.replaceAll("\\s", "[[:space:]]");
  const { path, view } = yield* sourceHolding(bench, step.source, step.symbol, [pattern]);
  const wanted = new RegExp(step.line, "u");
  const edits = view.lines.flatMap((line, at) =>
    wanted.test(line) ? [{ at, remove: 1, insert: step.with === "" ? [] : [step.with] }] : [],
  );
  if (edits.length === 0) throw new StepRefused(`no line of ${path} meets ${step.line}`);
  const quoted = edits.map(({ at }) => view.lines[at]?.trim()).join("; ");
  yield* editSource(bench, path, view, edits);
  const names = yield* installPatches(bench, `${rootOf(bench, "overlay")}/dragonfly`);
  return `${step.with === "" ? "took out" : `put ${step.with} in place of`} ${quoted} in ${names.join(", ")}`;
}

/**
 * The patched source that a compiler named, known by its path and by a word that it holds; of a large one only the
 * lines about those that meet one of the patterns are read.
 */
export function* sourceHolding(
  bench: Bench,
  named: string,
  symbol: string,
  patterns: readonly string[],
): Script<{ path: string; view: SourceView }> {
  const wrksrc = yield* patchedSources(bench);
  const word = `(^|[^[:alnum:]_])${literal(symbol)}([^[:alnum:]_]|$)`;
  const path = yield* locateSource(bench, wrksrc, named, word);
  const view = yield* viewSource(bench, path, patterns);
  if (view === null) throw new StepRefused(`${path} is not there`);
  return { path, view };
}
