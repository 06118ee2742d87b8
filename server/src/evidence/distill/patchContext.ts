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
  private hunks: string[] = [];
  private fileless: Sighting | undefined;
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
      this.file = undefined;
      this.fileless = undefined;
      this.hunks = [];
      return;
    }
    const header = HEADER.exec(text)?.groups;
    if (header?.file) this.turnTo(header.mark === "---" ? header.file.replace(/\.orig$/, "") : header.file);
    const patching = FILE.exec(text)?.groups?.file;
    if (patching) this.turnTo(patching);
  }

  /** A complaint may come before the line that names the file. */
  private turnTo(file: string): void {
    if (this.file !== undefined && file !== this.file) this.hunks = [];
    this.file = file;
    if (this.fileless) nameFile(this.fileless, file);
    this.fileless = undefined;
  }

  /** Completes a finding with what is known so far; its patch may only be named by a later line. */
  complete(sighting: Sighting): void {
    const { finding } = sighting;
    if (!ABOUT.has(finding.kind)) return;
    const rejects = finding.captures.rejects;
    const file = rejects?.replace(/\.rej$/, "") ?? this.file;
    if (file) this.turnTo(file);
    if (file) nameFile(sighting, file);
    else this.fileless ??= sighting;
    if (finding.captures.hunk) this.hunks.push(finding.captures.hunk);
    else if (finding.kind === "patch-hunk-failed" && this.hunks.length > 0) {
      finding.captures.hunk = this.hunks.splice(0).join(",");
    }
    if (this.patch) finding.captures.patch ??= this.patch;
    else if (this.unnamed.length < 100) this.unnamed.push(sighting);
  }
}

function nameFile({ finding }: Sighting, file: string): void {
  if (file === "/dev/null") return;
  finding.captures.file ??= file;
  finding.file ??= file;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
