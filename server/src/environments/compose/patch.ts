import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readably } from "../readable.ts";
import { isFile } from "./files.ts";

const patchTimeoutMs = 60_000;
const patchOutputLimit = 1024 * 1024;
/** What sh(1) ends with where there is no such program. */
const notFound = 127;

/**
 * A part of the overlay that did not fit: mostly a hunk of `diff`, counted from 1; 0 when nothing of the diff was
 * tried, or the part is none. `file` is "" when it is not known, or the part concerns the whole port.
 */
export interface Reject {
  diff: string;
  file: string;
  hunk: number;
  text: string;
}

/**
 * Applies one unified diff to `folder` with patch(1), paths as they stand (`-p0`). Answers the rejects; none means that
 * every hunk was applied. Throws only when patch(1) cannot be run.
 */
export async function applyDiff(
  folder: string,
  diffPath: string,
  diff: string,
  signal?: AbortSignal,
): Promise<Reject[]> {
  const { status, output } = await runPatch(folder, diffPath, signal);
  const { files, rejects } = readPatchOutput(output, diff);
  await removeBackups(folder, files);
  if (rejects.length > 0) return rejects;
  if (status === 0 && files.length > 0) return [];
  const told = output.trim().split("\n").slice(-4).join("\n");
  return [{ diff, file: files.at(-1) ?? "", hunk: 0, text: told === "" ? "holds nothing to apply" : told }];
}

interface PatchRun {
  status: number;
  output: string;
}

function runPatch(folder: string, diffPath: string, signal?: AbortSignal): Promise<PatchRun> {
  const env = { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, LC_ALL: "C" };
  const options = { timeout: patchTimeoutMs, maxBuffer: patchOutputLimit, env, signal };
  // -u: a diff is never taken for a script, which patch(1) would hand to ed(1).
  const argv = ["patch", "-u", "-d", folder, "-p0", "-N", "-t", "-i", diffPath];
  const [shell, ...words] = readably(argv);
  return new Promise((resolve, reject) => {
    execFile(shell, words, options, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, output: stdout + stderr });
      else if (typeof error.code === "number" && error.code !== notFound)
        resolve({ status: error.code, output: stdout + stderr });
      else reject(error);
    });
  });
}

/** Understands GNU patch (`patching file x`, `Hunk #1 FAILED`) and BSD patch (`Patching file x using Plan A`). */
export function readPatchOutput(output: string, diff: string): { files: string[]; rejects: Reject[] } {
  const files: string[] = [];
  const rejects: Reject[] = [];
  for (const text of output.split("\n")) {
    const file = /^patching file '?(.*?)'?(?: using Plan [AB]\.*)?$/i.exec(text)?.[1];
    if (file !== undefined) files.push(file);
    const hunk = /^Hunk #(\d+) (?:failed|ignored|skipped)/i.exec(text)?.[1];
    if (hunk !== undefined) rejects.push({ diff, file: files.at(-1) ?? "", hunk: Number(hunk), text });
    if (/previously applied/.test(text)) rejects.push({ diff, file: files.at(-1) ?? "", hunk: 0, text });
  }
  return { files, rejects };
}

/** patch(1) keeps the old file as `.orig` (BSD always, GNU after fuzz); a composed port holds none of these. */
async function removeBackups(folder: string, files: string[]): Promise<void> {
  for (const file of files) {
    const backup = join(folder, `${file}.orig`);
    if (await isFile(backup)) await rm(backup);
  }
}
