import { posix } from "node:path";
import { search } from "../files.ts";
import { addWords } from "../makefile.ts";
import { type Bench, type Script, StepRefused } from "../script.ts";
import { patchedSources } from "../sources.ts";
import { editMakefile } from "./overlayMakefile.ts";

/** USES=shebangfix for a script, which is sought in the sources by the name that it is installed under. */
export function* fixShebang(bench: Bench, script: string): Script<string> {
  const wrksrc = yield* patchedSources(bench);
  const hits = yield* search(bench, "^#!.*/", wrksrc);
  const stem = posix.basename(script);
  const first = hits.filter((hit) => hit.line === 1).map((hit) => hit.path);
  const [path, ...others] = first.filter(
    (one) => posix.basename(one).replace(/\.(sh|pl|py|in)$/, "") === stem.replace(/\.(sh|pl|py)$/, ""),
  );
  if (path === undefined || others.length > 0) {
    throw new StepRefused(
      `${stem} is ${path === undefined ? "no" : "not the only such"} script of the sources`,
    );
  }
  const relative = posix.relative(wrksrc, path);
  if (!/^[\w.+/-]+$/.test(relative))
    throw new StepRefused(`${JSON.stringify(relative)} is no word that a makefile could hold`);
  yield* editMakefile(bench, (text) =>
    addWords(addWords(text, "USES", ["shebangfix"]), "SHEBANG_FILES", [relative]),
  );
  return `USES+= shebangfix for ${relative}`;
}
