import { posix } from "node:path";
import { type FileText, readText, search } from "./files.ts";
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

/**
 * Changes one source file by an installed-to-be patch: dupes it and replaces the lines. The edits are of `file` as it
 * was read, in order, and do not overlap.
 */
export function* editSource(
  bench: Bench,
  path: string,
  file: FileText,
  edits: readonly SourceEdit[],
): Script<void> {
  yield* call(bench, "dupe", { path });
  let lines = file.text.split("\n");
  let { sha256 } = file;
  for (const edit of [...edits].reverse()) {
    const after = applyEdits(lines, [edit]);
    const { old, replacement } = uniqueBlock(lines, edit);
    const answer = yield* call(bench, "replace_in_file", { path, old, new: replacement, sha256 });
    sha256 = textFact(answer, "sha256") ?? sha256;
    lines = after;
  }
}

/** The edited lines with as many about them as make the block unique in the file. */
function uniqueBlock(lines: readonly string[], edit: SourceEdit): { old: string; replacement: string } {
  const text = lines.join("\n");
  const end = edit.at + edit.remove;
  for (let margin = edit.remove === 0 ? 1 : 0; ; margin += 1) {
    const from = Math.max(0, edit.at - margin);
    const to = Math.min(lines.length, end + margin);
    const block = lines.slice(from, to);
    // Whole lines: a block that is only part of a longer line elsewhere would be found twice.
    const lead = from > 0 ? "\n" : "";
    const old = `${lead}${block.join("\n")}`;
    const whole = from === 0 && to === lines.length;
    if (!whole && (old.trim() === "" || text.indexOf(old) !== text.lastIndexOf(old))) continue;
    const inner = [...lines.slice(from, edit.at), ...edit.insert, ...lines.slice(end, to)];
    // A first line that goes takes its line end with it only together with the next line.
    if (inner.length === 0 && from === 0 && !whole) continue;
    return { old, replacement: inner.length === 0 ? "" : `${lead}${inner.join("\n")}` };
  }
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
  yield* call(bench, "install_patches");
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
