import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Knowledge, portsDocument } from "../../../server/src/language/document.ts";
import type { Problem } from "../../../server/src/language/problem.ts";
import { problemsIn } from "../../../server/src/language/problems.ts";
import { createTrees } from "../../../server/src/language/tree.ts";
import { loadPolicy } from "../../../server/src/policy/load.ts";
import type { Case, Finding } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";

/** Real trees on disk, a real store and the policy that is shipped. */
export interface Desk extends Disposable {
  folder: string;
  knowledge: Knowledge;
  /** Records a failure of devel/one. */
  fail(findings: Partial<Finding>[], subject?: Partial<Case>): void;
  problems(path: string, text: string): Promise<Problem[]>;
}

const files: Record<string, string> = {
  "freebsd-ports/Mk/Uses/gmake.mk": "# $FreeBSD$\n# Builds with GNU make.\n#\n# Usage:\tUSES=gmake\n\nX=1\n",
  "freebsd-ports/Mk/Uses/pkgconfig.mk": "# pkg-config\n",
  "freebsd-ports/Keywords/sample.ucl": "",
  "freebsd-ports/Keywords/shell.ucl": "",
  "freebsd-ports/devel/one/Makefile": "",
  "freebsd-ports/devel/two/Makefile": "",
  "DeltaPorts/ports/devel/ours/newport/Makefile": "",
  "freebsd-ports/MOVED":
    "# comment\ndevel/old|devel/older|2024-01-01|Renamed\ndevel/older|devel/two|2024-02-02|Merged\ndevel/gone||2023-03-03|Has expired\ndevel/ring|devel/ring|2020-01-01|Odd\n",
};

export function createDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), "portwright-language-"));
  for (const [name, text] of Object.entries(files)) write(folder, name, text);
  const store = openStore({ dir: join(folder, "state"), now: () => 5000 });
  const trees = createTrees({
    freebsdPorts: join(folder, "freebsd-ports"),
    deltaPorts: join(folder, "DeltaPorts"),
    distfiles: join(folder, "distfiles"),
  });
  const recipes = loadPolicy(join(import.meta.dirname, "../../../policy")).recipes;
  const knowledge = { store, trees, recipes };
  let failures = 0;
  return {
    folder,
    knowledge,
    fail(given, subject = {}) {
      failures += 1;
      const bundle = sampleBundle({ id: `bundle-${failures}` });
      const findings = given.map((one) => sampleFinding(one));
      const classification = subject.classification ?? "compile-error";
      const diagnosis = { ...bundle.diagnosis, classification, findings, cause: findings[0] ?? null };
      store.append([
        { type: "target/seen", payload: { name: "@main", firstSeenAt: 1 } },
        { type: "run/changed", payload: sampleRun() },
        { type: "bundle/added", payload: { ...bundle, diagnosis } },
        { type: "case/changed", payload: sampleCase({ bundleId: bundle.id, ...subject }) },
      ]);
    },
    async problems(path, text) {
      const document = await portsDocument(`file:///home/porter/${path}`, text, knowledge);
      return document ? problemsIn(document, knowledge) : [];
    },
    [Symbol.dispose]() {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function sampleFinding(changes: Partial<Finding>): Finding {
  return {
    ...{ kind: "compile-error", line: 1, offset: 0, text: "what the log says", phase: "build" },
    ...{ captures: {}, confidence: 0.9, role: "primary", ...changes },
  };
}

/** Place (line:column from 1) and rule of each problem. */
export const told = (problems: readonly Problem[]): string[] =>
  problems.map(({ range: { start }, code }) => `${start.line + 1}:${start.character + 1} ${code}`);

/** The text after the fixes of these problems, each the only one of its problem. */
export function mended(text: string, problems: readonly Problem[]): string {
  const edits = problems.flatMap(({ fixes }) => fixes[0]?.edits ?? []);
  const lines = text.split("\n");
  const offset = ({ line, character }: { line: number; character: number }): number =>
    lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + character;
  const sorted = edits
    .map(({ range, newText }) => ({ start: offset(range.start), end: offset(range.end), newText }))
    .sort((a, b) => b.start - a.start);
  return sorted.reduce(
    (result, { start, end, newText }) => result.slice(0, start) + newText + result.slice(end),
    text,
  );
}
