import { posix } from "node:path";
import { query, readText, rootOf, writeOverlay } from "../files.ts";
import { addWords, removeWords } from "../makefile.ts";
import type { Binding } from "../match.ts";
import { editPlist, type PlistMismatch, parseSubstitutions } from "../plist.ts";
import { type Bench, call, type Script, StepRefused } from "../script.ts";
import { makeUnified } from "../unified.ts";
import { editMakefile } from "./overlayMakefile.ts";

/** What check-plist reported, from the findings' captures. */
export function mismatchOf(found: readonly { kind: string; captures: Binding }[]): PlistMismatch {
  const paths = (kind: string): string[] =>
    found.flatMap((finding) =>
      finding.kind === kind && finding.captures.path ? [finding.captures.path] : [],
    );
  return { orphaned: paths("plist-orphaned"), missing: paths("plist-missing") };
}

/** A name that a packing list takes for a file, and not for a keyword, a substitution or a place outside the prefix. */
const plainPath = /^(?![@%/])(?!.*(?:%%|\$|`|\\|(?:^|\/)\.\.(?:\/|$)))[^\x00-\x1f\x7f]+$/;

/** Changes the packing list by a diff of the overlay, or PLIST_FILES for a port without a list. */
export function* regeneratePlist(bench: Bench, mismatch: PlistMismatch): Script<string> {
  const odd = mismatch.orphaned.find((path) => !plainPath.test(path));
  if (odd !== undefined) throw new StepRefused(`${JSON.stringify(odd)} is no path for a packing list`);
  const values = yield* query(bench, ["PLIST", "PLIST_SUB", "PLIST_FILES"]);
  const name = posix.basename(values.PLIST || "pkg-plist");
  const composed = yield* readText(bench, `${rootOf(bench, "composed")}/${name}`);
  const told = `${mismatch.orphaned.length} added, ${mismatch.missing.length} taken out`;
  if (composed === null) {
    const spaced = mismatch.orphaned.find((path) => /[\s#]/.test(path));
    if (spaced !== undefined) throw new StepRefused(`PLIST_FILES cannot hold ${JSON.stringify(spaced)}`);
    yield* editMakefile(bench, (text) => {
      const listed = (values.PLIST_FILES ?? "").split(/\s+/);
      const gone = mismatch.missing.filter((path) => listed.includes(path));
      const shorter = gone.length === 0 ? text : removeWords(text, "PLIST_FILES", gone);
      return mismatch.orphaned.length === 0 ? shorter : addWords(shorter, "PLIST_FILES", mismatch.orphaned);
    });
    return `PLIST_FILES brought in line with the stage: ${told}`;
  }
  const edit = editPlist(composed.text, mismatch, parseSubstitutions(values.PLIST_SUB ?? ""));
  const [unexplained] = edit.unexplained;
  if (unexplained !== undefined) throw new StepRefused(`${name} does not name ${unexplained} itself`);
  const upstream = yield* readText(bench, `${rootOf(bench, "upstream")}/${name}`);
  if (upstream === null) throw new StepRefused(`upstream has no ${name} to make a diff against`);
  const path = `${rootOf(bench, "overlay")}/diffs/${name}.diff`;
  const before = yield* readText(bench, path);
  const diff = makeUnified(`${name}.orig`, name, upstream.text, edit.text);
  yield* writeOverlay(bench, path, before, diff === "" ? null : diff);
  yield* call(bench, "materialize");
  return `${name} brought in line with the stage: ${told}`;
}
