import { applyFileDiff, diffPath, parseUnifiedDiff } from "../../protocol/unifiedDiff.ts";
import { overlayOf } from "../tools/paths.ts";
import { readText, undo, writeOverlay } from "./files.ts";
import { type Bench, type Script, StepRefused } from "./script.ts";

/** The proved fix of another port with the same failure. */
export interface KinFix {
  origin: string;
  /** Its DeltaPorts diff, whole. */
  diff: string;
  /** End of the first proof of such a change, milliseconds since the epoch. */
  provedAt: number;
}

/**
 * Makes another port's changes in this one's overlay; returns what it did, file by file. Throws StepRefused, with all as it
 * was, for changes beyond that port, or that do not fit this one's files exactly.
 */
export function* adopt(bench: Bench, { origin, diff }: Pick<KinFix, "origin" | "diff">): Script<string[]> {
  try {
    return yield* writeAll(bench, origin, diff);
  } catch (error) {
    if (error instanceof StepRefused) yield* undo(bench);
    throw error;
  }
}

function* writeAll(bench: Bench, origin: string, diff: string): Script<string[]> {
  const files = parseUnifiedDiff(diff);
  if (files === null || files.length === 0) throw new StepRefused(`the fix of ${origin} is not made of text`);
  const folder = `ports/${origin}/`;
  const did: string[] = [];
  for (const file of files) {
    const changed = diffPath(file);
    if (!changed.startsWith(folder)) throw new StepRefused(`it changes ${changed}, beyond its own port`);
    const inside = changed.slice(folder.length);
    const path = `${overlayOf(bench.origin)}/${inside}`;
    const before = yield* readText(bench, path);
    if (file.oldPath === null && before !== null)
      throw new StepRefused(`it makes ${inside}, which this port has already`);
    if (file.oldPath !== null && before === null)
      throw new StepRefused(`it changes ${inside}, which this port does not have`);
    const after = applyFileDiff(before?.text ?? "", file);
    if (after === null) throw new StepRefused(`its change of ${inside} does not fit this port's`);
    yield* writeOverlay(bench, path, before, file.newPath === null ? null : after);
    did.push(`${inside} as in ${origin}`);
  }
  return did;
}
