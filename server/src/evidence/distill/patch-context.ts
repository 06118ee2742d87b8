import type { Sighting } from "./types.ts";

/** Words of the lines that say which patch and file patch(1) is at. */
export const PATCH_WORDS: readonly string[] = [
  "patching file ",
  "|--- ",
  "|+++ ",
  "checking file ",
  "applying ",
  "patch(es)",
  " failed to apply cleanly",
];

const FILE = /^(?:Patching|patching|checking) file '?(?<file>[^\s']+)'?/;
const HEADER = /^\|(?<mark>---|\+\+\+) (?<file>\S+)/;
const ATTEMPT =
  /^=+> {1,2}Applying (?:extra |distribution |ports |FreeBSD |dragonfly |DragonFly )?patch (?<patch>\S+)/;
const FAILURE =
  /^=+> {1,2}FAILED Applying (?:extra patch |\S+ )?(?<patch>\S+)$|^=> .*?[Pp]atch (?<named>\S+) failed to apply cleanly/;
const LIST = /^=+> FAILED to apply cleanly .*?patch\(es\) +(?<patch>\S+)/;
const GROUP = /^=+> {1,2}Applying .*patches for /;
const ABOUT = new Set([
  "patch-hunk-failed",
  "patch-already-applied",
  "patch-missing-file",
  "patch-malformed",
]);

/** Fills `patch` and `file` of patch findings from the lines about them; patch(1) names neither itself. */
export class PatchContext {
  private patch: string | undefined;
  private file: string | undefined;
  private readonly unnamed: Sighting[] = [];

  take(text: string): void {
    const attempt = ATTEMPT.exec(text)?.groups?.patch;
    if (attempt) {
      this.patch = baseName(attempt);
      this.file = undefined;
      this.unnamed.length = 0;
      return;
    }
    if (GROUP.test(text)) this.patch = undefined;
    const failure = FAILURE.exec(text)?.groups ?? LIST.exec(text)?.groups;
    const failed = failure?.patch ?? failure?.named;
    if (failed) {
      for (const sighting of this.unnamed) sighting.finding.captures.patch ??= baseName(failed);
      this.unnamed.length = 0;
      return;
    }
    const header = HEADER.exec(text)?.groups;
    if (header?.file) this.file = header.mark === "---" ? header.file.replace(/\.orig$/, "") : header.file;
    const patching = FILE.exec(text)?.groups?.file;
    if (patching) this.file = patching;
  }

  /** Completes a finding with what is known so far; its patch may only be named by a later line. */
  complete(sighting: Sighting): void {
    const { finding } = sighting;
    if (!ABOUT.has(finding.kind)) return;
    const rejects = finding.captures.rejects;
    const file = this.file ?? rejects?.replace(/\.rej$/, "");
    if (file && file !== "/dev/null") {
      finding.captures.file ??= file;
      finding.file ??= file;
    }
    if (this.patch) finding.captures.patch ??= this.patch;
    else if (this.unnamed.length < 100) this.unnamed.push(sighting);
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
