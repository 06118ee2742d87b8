import { posix } from "node:path";
import type { Hunk } from "../../../protocol/unifiedDiff.ts";
import { literal, readText, rootOf, search, writeOverlay } from "../files.ts";
import { landmarksOf, placeHunks, type SourceEdit } from "../recut.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import { editSource, installPatches, type SourceView, tryPatching, viewSource } from "../sources.ts";
import { parseUnified } from "../unified.ts";

/** Patches that one run of the step takes out before the others apply. */
const maxPatches = 8;

/**
 * Cuts a patch again. It is taken out, the sources are patched without it, each of its changes is sought by its own
 * lines, and what the source does not hold yet is made into a new patch. Nothing left to change retires it.
 * A patch that fails beside it is cut again in the same go, because the patch phase must pass in between; null when
 * that has happened to this one already.
 */
export function* recutPatch(bench: Bench, name: string): Script<string | null> {
  if (bench.settledPatches.has(posix.basename(name))) return null;
  const { wrksrc, hunks, taken } = yield* takeOut(bench, posix.basename(name));
  let applied = 0;
  const plans: { path: string; view: SourceView; edits: SourceEdit[] }[] = [];
  for (const [target, wanted] of hunks) {
    const { path, view } = yield* findTarget(bench, wrksrc, target, wanted);
    const placement = placeHunks(view.lines, wanted);
    const [trouble] = placement.misplaced;
    if (trouble !== undefined) throw new StepRefused(`${target}: ${trouble}`);
    applied += placement.applied;
    if (placement.edits.length > 0) plans.push({ path, view, edits: placement.edits });
  }
  for (const patch of taken) bench.settledPatches.add(patch);
  if (plans.length === 0) return `retired ${name}: upstream holds all ${applied} of its changes`;
  for (const plan of plans) yield* editSource(bench, plan.path, plan.view, plan.edits);
  const names = yield* installPatches(bench, `${rootOf(bench, "overlay")}/dragonfly`);
  const already = applied === 0 ? "" : `, leaving out ${applied} that upstream holds`;
  return `cut ${names.join(", ")} again against the new source${already}`;
}

/** Removes a patch whose every change is in the source already, or whose target and lines are gone. */
export function* retirePatch(bench: Bench, name: string): Script<string> {
  const { wrksrc, hunks } = yield* takeOut(bench, posix.basename(name));
  let gone = 0;
  for (const [target, wanted] of hunks) {
    const view = yield* viewSource(bench, `${wrksrc}/${target}`, patternsOf(wanted));
    if (view === null) {
      const moved = yield* whereabouts(bench, wrksrc, wanted);
      if (moved.length > 0)
        throw new StepRefused(`${target} is gone, but its lines stand in ${moved.join(", ")}`);
      gone += 1;
      continue;
    }
    const placement = placeHunks(view.lines, wanted);
    if (placement.edits.length + placement.misplaced.length > 0) {
      throw new StepRefused(`${target} does not hold all of the patch's changes`);
    }
  }
  return gone === 0 ? `retired ${name}: the source holds its changes` : `retired ${name}: its target is gone`;
}

/** Removes patches until the others apply; the changes of the removed ones by the file that they are for. */
function* takeOut(
  bench: Bench,
  first: string,
): Script<{ wrksrc: string; hunks: Map<string, Hunk[]>; taken: ReadonlySet<string> }> {
  const texts: string[] = [];
  const waiting = [first];
  const out = new Set<string>();
  for (;;) {
    const name = waiting.shift();
    if (name !== undefined && !out.has(name)) {
      texts.push(yield* removePatch(bench, name));
      out.add(name);
    }
    const patched = yield* tryPatching(bench);
    if ("wrksrc" in patched) return { wrksrc: patched.wrksrc, hunks: hunksByTarget(texts), taken: out };
    waiting.push(...patched.failed.filter((other) => !out.has(other)));
    if (waiting.length === 0 || out.size >= maxPatches) throw new StepRefused(patched.error);
  }
}

/** Takes a patch out of the port: an overlay's own is deleted, upstream's is named in diffs/REMOVE. Its text. */
function* removePatch(bench: Bench, name: string): Script<string> {
  const own = `${rootOf(bench, "overlay")}/dragonfly/${name}`;
  const mine = yield* readText(bench, own);
  if (mine !== null) {
    yield* writeOverlay(bench, own, mine, null);
    return mine.text;
  }
  const theirs = yield* readText(bench, `${rootOf(bench, "upstream")}/files/${name}`);
  if (theirs === null) throw new StepRefused(`neither the overlay nor upstream has a patch ${name}`);
  const list = `${rootOf(bench, "overlay")}/diffs/REMOVE`;
  const before = yield* readText(bench, list);
  yield* writeOverlay(bench, list, before, `${before?.text ?? ""}files/${name}\n`);
  return theirs.text;
}

/** Changes of several patches by target, the paths as they stand below WRKSRC. */
function hunksByTarget(texts: readonly string[]): Map<string, Hunk[]> {
  const byTarget = new Map<string, Hunk[]>();
  for (const text of texts) {
    const files = parseUnified(text);
    if (files === null) throw new StepRefused("the patch is not a unified diff");
    for (const file of files) {
      if (file.oldPath === "/dev/null" || file.newPath === "/dev/null") {
        throw new StepRefused("the patch makes or deletes a whole file");
      }
      const target = posix.normalize(file.newPath.replace(/\.orig$/, ""));
      byTarget.set(target, [...(byTarget.get(target) ?? []), ...file.hunks]);
    }
  }
  return byTarget;
}

/** The file that holds the patch's lines now: the named one, or the only other one that they moved to. */
function* findTarget(
  bench: Bench,
  wrksrc: string,
  target: string,
  hunks: readonly Hunk[],
): Script<{ path: string; view: SourceView }> {
  const named = `${wrksrc}/${target}`;
  const view = yield* viewSource(bench, named, patternsOf(hunks));
  if (view !== null) return { path: named, view };
  const [moved, ...others] = yield* whereabouts(bench, wrksrc, hunks);
  if (moved === undefined) throw new StepRefused(`${target} is not in the sources any more`);
  if (others.length > 0) throw new StepRefused(`${target} is gone and its lines stand in several files`);
  const found = yield* viewSource(bench, moved, patternsOf(hunks));
  if (found === null) throw new StepRefused(`${moved} vanished`);
  return { path: moved, view: found };
}

/** Patterns of the lines that place the changes, blanks between words taken as they come. */
const patternsOf = (hunks: readonly Hunk[]): string[] =>
  landmarksOf(hunks).map((line) => line.split(/\s+/).map(literal).join("[[:space:]]+"));

/** Files that hold the longest line which the patch removes; a short one says too little. */
function* whereabouts(bench: Bench, wrksrc: string, hunks: readonly Hunk[]): Script<string[]> {
  const removed = hunks.flatMap((hunk) => hunk.lines).filter((line) => line.tag === "-");
  const [longest] = removed.map((line) => line.text.trim()).sort((a, b) => b.length - a.length);
  if (longest === undefined || longest.length < 12) return [];
  const hits = yield* search(bench, literal(longest), wrksrc);
  return [...new Set(hits.map((hit) => hit.path))].filter((path) => !/\.(orig|rej)$/.test(path));
}
