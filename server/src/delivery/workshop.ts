import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError } from "../environments/errors.ts";
import { git } from "../environments/git.ts";
import { removeTree } from "../environments/remove.ts";
import type { DeliveryPreview } from "../protocol/index.ts";
import { diffPath, parseUnifiedDiff } from "../protocol/unifiedDiff.ts";
import type { Repository, Tip } from "./repository.ts";

export interface ChangeSet {
  files: DeliveryPreview["files"];
  /** Ids of the new trees and files. */
  objects: string[];
}

/** The diff does not fit a commit; the message names file and hunk. */
export class DoesNotApply extends Error {}

/** A repository of our own that sees the operator's objects and nothing else of his; commits are made here. */
export interface Workshop {
  /** The tree that the diff makes of a commit. Throws DoesNotApply. */
  apply(base: string, diff: string): Promise<string>;
  changes(base: string, tree: string): Promise<ChangeSet>;
  /** Id of the tree of a commit. */
  treeOf(commit: string): Promise<string>;
  commit(parts: { base: string; tree: string; message: string; author: string; at: number }): Promise<string>;
  /** A pack of these objects. */
  pack(objects: readonly string[]): Promise<Uint8Array>;
  /** Makes a new branch of another repository name the commit; one that names it already is well. */
  push(
    remote: string,
    tip: Tip,
    options: { env: Record<string, string>; signal: AbortSignal },
  ): Promise<void>;
  /** The commit for git am, and for patch(1) without anything that only git reads. */
  patches(commit: string): Promise<{ mail: string; plain: string }>;
}

/** `folder` is made for the call and gone after it; what a killed server left there goes first. */
export async function inWorkshop<T>(
  folder: string,
  repository: Repository,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  await removeTree(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const gitDir = join(folder, "delivery.git");
    const workTree = join(folder, "empty");
    await mkdir(workTree);
    const format = `--object-format=${repository.format}`;
    await git(["init", "--quiet", "--bare", "--template=", format, gitDir], { cwd: folder });
    await mkdir(join(gitDir, "objects", "info"), { recursive: true });
    await writeFile(join(gitDir, "objects", "info", "alternates"), `${repository.objects}\n`);
    if (repository.shallow !== "") await writeFile(join(gitDir, "shallow"), repository.shallow);
    return await work(workshopIn({ gitDir, workTree }));
  } finally {
    await removeTree(folder);
  }
}

function workshopIn(place: { gitDir: string; workTree: string }): Workshop {
  const run = (args: readonly string[], input?: string, env: Record<string, string> = {}) =>
    git(args, {
      cwd: place.workTree,
      repository: place,
      ...(input === undefined ? {} : { input }),
      env,
    });
  return {
    async apply(base, diff) {
      await run(["read-tree", base]);
      try {
        await run(["apply", "--cached", "--whitespace=nowarn", "-"], diff);
      } catch (error) {
        if (!(error instanceof EnvironmentError) || error.reason !== "system") throw error;
        throw new DoesNotApply(misfit(error.message, diff), { cause: error });
      }
      return (await run(["write-tree"])).trim();
    },
    changes: async (base, tree) =>
      readChanges(
        await run(["diff-tree", "-r", "-t", "--raw", "-z", "--no-abbrev", "--no-renames", base, tree]),
      ),
    treeOf: async (commit) => (await run(["rev-parse", "--verify", `${commit}^{tree}`])).trim(),
    async commit({ base, tree, message, author, at }) {
      const [, name = "", mail = ""] = /^(.*) <(.*)>$/.exec(author) ?? [];
      const date = `${Math.floor(at / 1000)} +0000`;
      const env = Object.fromEntries(
        ["AUTHOR", "COMMITTER"].flatMap((role) => [
          [`GIT_${role}_NAME`, name],
          [`GIT_${role}_EMAIL`, mail],
          [`GIT_${role}_DATE`, date],
        ]),
      );
      return (await run(["commit-tree", tree, "-p", base, "-F", "-"], message, env)).trim();
    },
    async pack(objects) {
      const base = join(place.gitDir, "out");
      const name = (await run(["pack-objects", "-q", base], `${objects.join("\n")}\n`)).trim();
      return readFile(`${base}-${name}.pack`);
    },
    async push(remote, { branch, commit }, { env, signal }) {
      const ref = `refs/heads/${branch}`;
      const args = ["push", "--quiet", `--force-with-lease=${ref}:`, remote, `${commit}:${ref}`];
      await git(args, { cwd: place.workTree, repository: place, env, signal, remote: true });
    },
    async patches(commit) {
      const shape = ["--no-renames", "--binary", "--full-index"];
      const mail = await run(["format-patch", "-1", "--stdout", "--no-signature", ...shape, commit]);
      const diff = await run(["diff-tree", "-p", ...shape, `${commit}^`, commit]);
      return { mail, plain: plainPatch(diff) };
    },
  };
}

const kinds = { A: "added", D: "deleted" } as const;

/** Reads `diff-tree --raw -z`: pairs of `:MODE MODE ID ID KIND` and a path. */
function readChanges(raw: string): ChangeSet {
  const entries = raw.split("\0");
  const changes: ChangeSet = { files: [], objects: [] };
  for (let at = 0; at + 1 < entries.length; at += 2) {
    const [oldMode = "", mode, , id = "", kind = ""] = (entries[at] ?? "").slice(1).split(" ");
    if (!/^0+$/.test(id)) changes.objects.push(id);
    const isFolder = mode === "040000" || (kind === "D" && oldMode === "040000");
    const status = kinds[kind as keyof typeof kinds] ?? "modified";
    if (!isFolder) changes.files.push({ path: entries[at + 1] ?? "", status });
  }
  return changes;
}

/** git names the line at which a hunk begins; people count hunks. */
function misfit(said: string, diff: string): string {
  const [, path, line] = /patch failed: (.*):(\d+)$/m.exec(said) ?? [];
  if (path === undefined) return said.replace(/^git apply failed: /, "").replace(/^error: /gm, "");
  const file = parseUnifiedDiff(diff)?.find((one) => diffPath(one) === path);
  const hunk = (file?.hunks.findIndex(({ oldStart }) => oldStart === Number(line)) ?? -1) + 1;
  return `${path}, ${hunk > 0 ? `hunk ${hunk} (line ${line})` : `line ${line}`}`;
}

/** BSD patch(1) reads lines of at most that many bytes, newline included. */
const patchLineBytes = 8191;

/** What every patch(1) reads alike: names and hunks. What it has no way to make is said in front of them. */
function plainPatch(diff: string): string {
  const left: string[] = [];
  const parts = diff.split(/^(?=diff --git )/m).filter(Boolean);
  const texts = parts.map((part) => {
    const path = /^diff --git a\/(.*) b\/\1$/m.exec(part)?.[1] ?? "a file";
    const hunks = part.search(/^--- /m);
    const head = hunks < 0 ? part : part.slice(0, hunks);
    if (/^new (?:file )?mode 100755$/m.test(head)) left.push(`${path}: that it is executable`);
    if (hunks < 0 && /^(?:new|deleted) file mode/m.test(head)) left.push(`${path}: a file without content`);
    const text = hunks < 0 ? "" : part.slice(hunks);
    if (text.split("\n").some((line) => Buffer.byteLength(line) >= patchLineBytes))
      left.push(`${path}: BSD patch cannot read its longest line`);
    return text;
  });
  return [...left.map((what) => `Not for patch(1), take it with git am: ${what}\n`), ...texts].join("");
}
