import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError, errorCode } from "./errors.ts";
import { git } from "./git.ts";
import { makeReadableFolder, writeReadable } from "./readable.ts";

/** An environment's own DeltaPorts. The repository stands beside the work tree, out of reach of what runs inside. */
export interface Overlay {
  gitDir: string;
  workTree: string;
  commit: string;
}

const maxDiffBytes = 8 * 1024 * 1024;

/** Checks the commit out on its branch, borrowing the objects of a mirror, from which it can be pulled. */
export async function createOverlay(
  overlay: Overlay,
  { mirror, branch }: { mirror: string; branch: string | null },
  signal?: AbortSignal,
): Promise<void> {
  const { gitDir, workTree, commit } = overlay;
  await makeReadableFolder(workTree);
  await git(["init", "--quiet", "--bare", "--template=", gitDir], { cwd: workTree, signal });
  await makeReadableFolder(join(gitDir, "objects", "info"));
  await writeReadable(join(gitDir, "objects", "info", "alternates"), `${join(mirror, "objects")}\n`);
  // Where history ends in a mirror of a shallow checkout.
  await copyFile(join(mirror, "shallow"), join(gitDir, "shallow")).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT") throw error;
  });
  await writeReadable(join(gitDir, "config"), configOf(mirror, branch));
  await writeReadable(join(gitDir, "HEAD"), branch === null ? `${commit}\n` : `ref: refs/heads/${branch}\n`);
  await git(["reset", "--quiet", "--hard", commit], { cwd: workTree, repository: overlay, signal });
}

/** What git(1) itself would write for a clone. */
function configOf(mirror: string, branch: string | null): string {
  const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
  const lines = ["[core]", "\trepositoryformatversion = 0", "\tbare = false"];
  lines.push(
    '[remote "origin"]',
    `\turl = ${quoted(mirror)}`,
    "\tfetch = +refs/heads/*:refs/remotes/origin/*",
  );
  if (branch !== null)
    lines.push(
      `[branch ${quoted(branch)}]`,
      "\tremote = origin",
      `\tmerge = ${quoted(`refs/heads/${branch}`)}`,
    );
  return `${lines.join("\n")}\n`;
}

/** All changes against the commit, new and ignored files included; "" when there are none. */
export async function overlayDiff(overlay: Overlay): Promise<string> {
  const options = { cwd: overlay.workTree, repository: overlay };
  await git(["add", "--intent-to-add", "--force", "--", "."], options);
  return git(
    [
      "diff",
      "--no-ext-diff",
      "--no-textconv",
      "--no-color",
      "--no-renames",
      "--binary",
      overlay.commit,
      "--",
    ],
    { ...options, maxBytes: maxDiffBytes },
  );
}

/** Changed, new and ignored files, relative. */
export async function overlayChanges(overlay: Overlay): Promise<string[]> {
  const status = await git(
    ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored"],
    {
      cwd: overlay.workTree,
      repository: overlay,
    },
  );
  return status.split("\0").flatMap((entry) => (entry ? [entry.slice(3)] : []));
}

/** Takes the work tree back to the commit. */
export async function revertOverlay(overlay: Overlay): Promise<void> {
  const options = { cwd: overlay.workTree, repository: overlay };
  // Left by a git that was killed; nothing else works on this repository now.
  await rm(join(overlay.gitDir, "index.lock"), { force: true });
  await git(["reset", "--quiet", "--hard", overlay.commit], options);
  await git(["clean", "--quiet", "-ffdx"], options);
}

/** Applies all of a diff or nothing of it. Links and submodules are refused: they name places outside. */
export async function applyToOverlay(overlay: Overlay, diff: string): Promise<void> {
  if (diff.length > maxDiffBytes)
    throw new EnvironmentError("diff", `the diff has ${diff.length} bytes, more than ${maxDiffBytes}`);
  if (/^(?:new file mode|new mode|old mode|index [0-9a-f.]+) 1[26]0000$/m.test(diff))
    throw new EnvironmentError("diff", "the diff makes or changes a symbolic link or a submodule");
  const options = { cwd: overlay.workTree, repository: overlay, input: diff };
  try {
    await git(["apply", "--check", "--whitespace=nowarn", "-"], options);
    await git(["apply", "--whitespace=nowarn", "-"], options);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError("diff", `the diff does not apply to DeltaPorts: ${said}`, error);
  }
}
