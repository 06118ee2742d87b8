import { literal, rootOf } from "../files.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import { editSource, installPatches } from "../sources.ts";
import { sourceHolding } from "./lines.ts";

/** Includes a system header in the source that needs it, by a patch of the overlay. */
export function* includeHeader(bench: Bench, header: string, source: string, symbol: string): Script<string> {
  const { path, view } = yield* sourceHolding(bench, source, symbol, ["^[[:space:]]*#[[:space:]]*include"]);
  const { lines } = view;
  if (lines.some((line) => includes(line, header)))
    throw new StepRefused(`${path} includes <${header}> already`);
  yield* editSource(bench, path, view, [
    { at: placeOf(lines, header), remove: 0, insert: [`#include <${header}>`] },
  ]);
  const names = yield* installPatches(bench, `${rootOf(bench, "overlay")}/dragonfly`);
  return `included <${header}> for ${symbol} in ${names.join(", ")}`;
}

const includes = (line: string, header: string): boolean =>
  new RegExp(`^\\s*#\\s*include\\s*<${literal(header)}>`).test(line);

/**
 * Before the first unconditional include of a system header, since sys/types.h goes before all others and any other
 * header may stand there too; before the first include at all when there is no such one.
 */
function placeOf(lines: readonly string[], header: string): number {
  let depth = 0;
  let guard = 0;
  const found: { at: number; system: boolean }[] = [];
  for (const [at, line] of lines.entries()) {
    if (/^\s*#\s*if/.test(line)) {
      depth += 1;
      // The include guard of a header is no condition.
      if (
        /^\s*#\s*ifndef\s+\w+/.test(line) &&
        /^\s*#\s*define\s+\w+\s*$/.test(lines[at + 1] ?? "") &&
        depth === 1
      ) {
        guard = 1;
      }
    } else if (/^\s*#\s*endif/.test(line)) depth -= 1;
    else if (depth === guard && /^\s*#\s*include\b/.test(line))
      found.push({ at, system: line.includes("<") });
  }
  const place = found.find((one) => one.system) ?? found[0];
  if (place === undefined) throw new StepRefused(`there is no include beside which <${header}> could go`);
  return place.at;
}
