import type { Finding } from "../../protocol/index.ts";
import type { OpenFailure } from "../evidence.ts";
import { faultAt, hintAt, type Problem, warningAt } from "../problem.ts";
import { replacement, wholeLine } from "../text.ts";
import type { PatchedFile, PatchHunk } from "./parse.ts";

/** Hunks whose headers count other lines than their bodies hold: patch(1) calls them malformed. */
export function countProblems(lines: readonly string[], files: readonly PatchedFile[]): Problem[] {
  return files.flatMap(({ hunks }) =>
    hunks.flatMap(({ line, header, body }) => {
      if (header.old === body.old && header.young === body.young) return [];
      const range = wholeLine(lines, line);
      const right = (lines[line] ?? "").replace(
        /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/,
        (_whole, old: string, young: string) => `@@ -${old},${body.old} +${young},${body.young} @@`,
      );
      const fixes = [{ title: "Count the hunk's lines again", edits: [replacement(range, right)] }];
      return faultAt(
        range,
        "hunk-counts",
        `The header counts ${header.old} old and ${header.young} new lines, the hunk has ${body.old} and ${body.young}.`,
        { fixes },
      );
    }),
  );
}

/** What patch(1) said of this patch in the newest failure, on the hunks and files that it is about. */
export function driftProblems(
  lines: readonly string[],
  files: readonly PatchedFile[],
  failures: readonly OpenFailure[],
  name: string,
): Problem[] {
  return failures
    .flatMap(({ diagnosis }) => diagnosis?.findings ?? [])
    .filter(({ captures }) => captures.patch === name)
    .flatMap((finding) => {
      const of = files.filter(({ path }) => isSameFile(path, finding.captures.file));
      const about = of.length > 0 ? of : files.length === 1 ? files : [];
      return about.flatMap((file) => problemsOf(lines, file, finding));
    });
}

/** A patch made in another folder has more or fewer parts in front. */
function isSameFile(path: string, named: string | undefined): boolean {
  if (named === undefined) return false;
  return path === named || path.endsWith(`/${named}`) || named.endsWith(`/${path}`);
}

function problemsOf(lines: readonly string[], file: PatchedFile, finding: Finding): Problem[] {
  const said = `the last build said: ${finding.text.trim().slice(0, 300)}`;
  const header = wholeLine(lines, file.newLine);
  switch (finding.kind) {
    case "patch-hunk-failed": {
      const hunks = hunksNamed(file, finding.captures.hunk);
      if (hunks.length === 0) return [faultAt(header, "drifted", `This patch does not apply; ${said}`)];
      return hunks.map(({ line, number }) =>
        faultAt(wholeLine(lines, line), "drifted", `Hunk ${number} does not apply; ${said}`),
      );
    }
    case "patch-already-applied":
      return [hintAt(header, "applied", `The source holds this change already; ${said}`)];
    case "patch-missing-file":
      return [faultAt(header, "no-file", `There is no such file in the source; ${said}`)];
    case "patch-malformed":
      return [warningAt(header, "malformed", `patch(1) cannot read this patch; ${said}`)];
    default:
      return [];
  }
}

/** patch(1) numbers the hunks of each file from 1. */
function hunksNamed({ hunks }: PatchedFile, numbers: string | undefined): (PatchHunk & { number: number })[] {
  return (numbers ?? "").split(",").flatMap((text) => {
    const hunk = hunks[Number(text) - 1];
    return hunk === undefined ? [] : [{ ...hunk, number: Number(text) }];
  });
}
