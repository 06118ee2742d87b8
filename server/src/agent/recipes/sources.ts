import { posix } from "node:path";
import { readText, search } from "./files.ts";
import { applyEdits, type SourceEdit } from "./recut.ts";
import { ask, type Bench, call, errorOf, findingsOf, type Script, StepRefused, textFact } from "./script.ts";

/** Unpacks and patches the sources; their folder. Throws StepRefused when a patch fails. */
export function* patchedSources(bench: Bench): Script<string> {
  const answer = yield* call(bench, "patch_phase");
  return sourceFolder(textFact(answer, "wrksrc"));
}

/** Like `patchedSources`, but answers with the patches that failed instead of refusing. */
export function* tryPatching(bench: Bench): Script<{ wrksrc: string } | { failed: string[]; error: string }> {
  const answer = yield* ask(bench, "patch_phase");
  if (answer.ok) return { wrksrc: sourceFolder(textFact(answer, "wrksrc")) };
  const failed = findingsOf(answer, "patch").flatMap((finding) =>
    finding.captures.patch === undefined ? [] : [posix.basename(finding.captures.patch)],
  );
  return { failed: [...new Set(failed)], error: errorOf(answer) };
}

function sourceFolder(wrksrc: string | null): string {
  if (wrksrc === null) throw new StepRefused("the sources' folder is not known");
  return wrksrc;
}

/** Lines of a source; those of a large file that nobody had to read are `unread`. */
export interface SourceView {
  lines: string[];
  sha256: string;
}

/** Stands for a line that was not read: no line of a text file holds a NUL. */
const unread = "\0";
const wholeBytes = 22_000;
const margin = 30;
const maxViews = 8;
const patternBytes = 900;

/**
 * A source, null when there is none. Of a large one only the lines about those that meet one of the patterns
 * (extended regular expressions). Throws StepRefused when these are too many to tell places apart.
 */
export function* viewSource(
  bench: Bench,
  path: string,
  patterns: readonly string[],
): Script<SourceView | null> {
  const first = yield* ask(bench, "get_file", { path });
  if (!first.ok && /does not exist/.test(errorOf(first))) return null;
  const { bytes, lines: count } = first.facts;
  const sha256 = textFact(first, "sha256");
  if (typeof bytes !== "number" || typeof count !== "number" || sha256 === null) {
    throw new StepRefused(errorOf(first));
  }
  if (bytes <= wholeBytes) {
    const file = yield* readText(bench, path);
    return file === null ? null : { lines: file.text.split("\n"), sha256: file.sha256 };
  }
  const lines = Array.from({ length: count + 1 }, () => unread);
  for (const from of yield* windowsAbout(bench, path, patterns)) {
    const shown = yield* call(bench, "get_file", { path, from, lines: 2 * margin });
    const read = shown.body.replace(/\n$/, "").split("\n");
    lines.splice(from - 1, read.length, ...read);
  }
  return { lines, sha256 };
}

/** First lines of windows that hold every line which meets a pattern. */
function* windowsAbout(bench: Bench, path: string, patterns: readonly string[]): Script<number[]> {
  const joined: string[] = [];
  for (const pattern of new Set(patterns)) {
    const last = joined.at(-1);
    if (last === undefined || last.length + pattern.length > patternBytes) joined.push(pattern);
    else joined[joined.length - 1] = `${last}|${pattern}`;
  }
  const found: number[] = [];
  for (const pattern of joined) found.push(...(yield* search(bench, pattern, path)).map((hit) => hit.line));
  const windows: number[] = [];
  for (const line of found.sort((a, b) => a - b)) {
    const last = windows.at(-1);
    if (last === undefined || line >= last + (2 * margin * 3) / 4)
      windows.push(Math.max(1, line - margin / 2));
  }
  if (windows.length > maxViews)
    throw new StepRefused(`${path} is large and holds similar lines in too many places`);
  return windows;
}

/**
 * Changes one source file by a patch that is installed later: dupes it and replaces the lines. The edits are of the
 * view, in order, and do not overlap.
 */
export function* editSource(
  bench: Bench,
  path: string,
  view: SourceView,
  edits: readonly SourceEdit[],
): Script<void> {
  yield* call(bench, "dupe", { path });
  bench.loose = true;
  let { lines, sha256 } = view;
  for (const edit of [...edits].reverse()) {
    sha256 = yield* replaceLines(bench, path, lines, sha256, edit);
    lines = applyEdits(lines, [edit]);
  }
}

/** Takes in more of the lines about an edit until its place is the only one in the file; the new hash. */
function* replaceLines(
  bench: Bench,
  path: string,
  lines: readonly string[],
  sha256: string,
  edit: SourceEdit,
): Script<string> {
  for (let about = edit.remove === 0 ? 1 : 0; about <= margin; about += 1) {
    const block = blockOf(lines, edit, about);
    if (block === null) continue;
    const answer = yield* ask(bench, "replace_in_file", { path, ...block, sha256 });
    if (answer.ok) return textFact(answer, "sha256") ?? sha256;
    if (!/stands \d+ times/.test(errorOf(answer))) throw new StepRefused(errorOf(answer));
  }
  throw new StepRefused(`the lines to change in ${path} cannot be told from others`);
}

/** The edited lines with `about` lines on each side; null when that is no text to search for. */
function blockOf(
  lines: readonly string[],
  edit: SourceEdit,
  about: number,
): { old: string; new: string } | null {
  const end = edit.at + edit.remove;
  const from = Math.max(0, edit.at - about);
  const to = Math.min(lines.length, end + about);
  const taken = lines.slice(from, to);
  // Whole lines: a block that is only part of a longer line elsewhere would be found there too.
  const lead = from > 0 ? "\n" : "";
  const old = `${lead}${taken.join("\n")}`;
  const text = lines.join("\n");
  const inner = [...lines.slice(from, edit.at), ...edit.insert, ...lines.slice(end, to)];
  // A first line that goes takes its line end with it only together with the next line.
  const leavesBlank = inner.length === 0 && from === 0 && to < lines.length;
  if (taken.includes(unread) || old.trim() === "" || leavesBlank) return null;
  if (text.indexOf(old) !== text.lastIndexOf(old)) return null;
  return { old, new: inner.length === 0 ? "" : `${lead}${inner.join("\n")}` };
}

/** Makes patches of all edited sources and puts them into the overlay; their names. */
export function* installPatches(bench: Bench, dragonfly: string): Script<string[]> {
  const made = yield* call(bench, "genpatch");
  const patches = made.facts.patches;
  const names = Array.isArray(patches)
    ? patches.flatMap((patch: unknown) => {
        const name = (patch as { name?: unknown } | null)?.name;
        return typeof name === "string" ? [name] : [];
      })
    : [];
  for (const name of names) {
    const path = `${dragonfly}/${name}`;
    if (bench.journal.has(path)) continue;
    bench.journal.set(path, (yield* readText(bench, path))?.text ?? null);
  }
  yield* call(bench, "install_patches", { names });
  bench.loose = false;
  return names;
}

/**
 * The source that a compiler named: it may be relative to a folder below WRKSRC, so a file is sought which ends in
 * the same path and holds the text. Throws StepRefused unless there is exactly one.
 */
export function* locateSource(bench: Bench, wrksrc: string, named: string, holding: string): Script<string> {
  if (named.startsWith(`${wrksrc}/`)) return posix.normalize(named);
  const tail = posix.normalize(named).replace(/^(\.\.\/)+/, "");
  const relative = tail.startsWith("/") ? posix.basename(tail) : tail;
  const hits = yield* search(bench, holding, wrksrc);
  const paths = [...new Set(hits.map((hit) => hit.path))];
  const exact = paths.filter((path) => path === `${wrksrc}/${relative}`);
  const ending = exact.length > 0 ? exact : paths.filter((path) => path.endsWith(`/${relative}`));
  const [only] = ending;
  if (only === undefined || ending.length > 1) {
    throw new StepRefused(
      `${named} is ${ending.length === 0 ? "not" : "not the only such file"} below ${wrksrc}`,
    );
  }
  return only;
}
