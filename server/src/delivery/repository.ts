import { readFile, realpath, stat } from "node:fs/promises";
import { EnvironmentError } from "../environments/errors.ts";
import { git } from "../environments/git.ts";
import { PortwrightError } from "../protocol/index.ts";

/**
 * The operator's repository. Nothing here reads or writes its work tree, its index or what is checked out, and nothing
 * of it runs: no hook, no filter, no program that its configuration names.
 */
export interface Repository {
  /** Real path of its top folder. */
  path: string;
  /** Absolute path of its object store. */
  objects: string;
  /** Commit that is checked out. */
  head: string;
  /** Commits at which its history was cut off, one a line; "" for a whole one. */
  shallow: string;
  /** `sha1` or `sha256`. */
  format: string;
  /** Whose it is, when that is another user than a server of root. */
  owner: { uid: number; gid: number } | undefined;
  /** Permissions of new files, in git's words, alike to those that its object store has. */
  permissions: string;
}

const remedy = 'correct "delivery.repository" in portwright.json';

/** Throws PortwrightError environment when the folder is no repository's top, or has no commit. */
export async function openRepository(folder: string): Promise<Repository> {
  try {
    const path = await realpath(folder);
    const answer = await git(
      [
        "rev-parse",
        "--path-format=absolute",
        "--show-prefix",
        "--git-path",
        "objects",
        "--git-path",
        "shallow",
        "--show-object-format",
      ],
      { cwd: path },
    );
    const [prefix = "", objects = "", cut = "", format = ""] = answer.split("\n");
    if (prefix !== "") throw new Error("it is a folder inside of a repository");
    const head = (await git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { cwd: path })).trim();
    const shallow = await readFile(cut, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const { uid, gid, mode } = await stat(objects);
    const owner = process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
    return { path, objects, head, shallow, format, owner, permissions: `0${(mode & 0o666).toString(8)}` };
  } catch (error) {
    if (error instanceof EnvironmentError && error.reason === "unavailable") throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new PortwrightError(
      "environment",
      `${folder} is no git repository with a commit, to deliver into: ${said}; ${remedy}`,
      error,
    );
  }
}

/** Runs git in the repository, as the user whose it is. */
function inRepository(
  { path, owner, permissions }: Repository,
  args: readonly string[],
  more: { input?: Uint8Array; env?: Record<string, string | undefined> } = {},
): Promise<string> {
  const shared = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.sharedRepository" };
  const env = { ...shared, GIT_CONFIG_VALUE_0: permissions, ...more.env };
  return git(args, { cwd: path, owner, ...more, env });
}

/** `Name <mail>` that git would take there; null when it knows none. */
export async function authorOf(
  repository: Repository,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  // Reading settings runs nothing, so the server's own user may have said it once for all repositories.
  const own = { GIT_CONFIG_NOSYSTEM: undefined, GIT_CONFIG_GLOBAL: undefined };
  const home = repository.owner ? {} : { HOME: env.HOME, XDG_CONFIG_HOME: env.XDG_CONFIG_HOME, ...own };
  const read = (name: string) =>
    inRepository(repository, ["config", "--default", "", "--get", name], { env: home });
  const [name, mail] = (await Promise.all([read("user.name"), read("user.email")])).map((one) => one.trim());
  return name && mail ? `${name} <${mail}>` : null;
}

export interface Tip {
  branch: string;
  commit: string;
}

/** Branches whose names match; `*` stands for anything but a slash. */
export async function branches(repository: Repository, pattern: string): Promise<Tip[]> {
  const format = "--format=%(objectname) %(refname)";
  const said = await inRepository(repository, ["for-each-ref", format, `refs/heads/${pattern}`]);
  return said.split("\n").flatMap((line) => {
    const [, commit, branch] = /^([0-9a-f]+) refs\/heads\/(.+)$/.exec(line) ?? [];
    return commit && branch ? [{ branch, commit }] : [];
  });
}

/** Looked at for what a killed server left: branches of one port, and their newest commits. */
const searchedBranches = 100;
const searchedCommits = 50;

/** The newest commits with one parent of each of those branches. */
export async function recentCommits(
  repository: Repository,
  pattern: string,
): Promise<{ branch: string; commit: string; parent: string; message: string }[]> {
  const found: Awaited<ReturnType<typeof recentCommits>> = [];
  const shape = ["--max-parents=1", `--max-count=${searchedCommits}`, "--format=%H %P%n%B%x00"];
  for (const { branch, commit: tip } of (await branches(repository, pattern)).slice(0, searchedBranches)) {
    const said = await inRepository(repository, ["rev-list", ...shape, tip, "--"]);
    for (const entry of said.split("\0\n")) {
      const [, commit, parent, message] = /^commit .*\n([0-9a-f]+) ([0-9a-f]+)\n([\s\S]*)$/.exec(entry) ?? [];
      if (commit && parent && message !== undefined) found.push({ branch, commit, parent, message });
    }
  }
  return found;
}

export async function messageOf(repository: Repository, commit: string): Promise<string> {
  const [, ...message] = (await inRepository(repository, ["cat-file", "commit", commit])).split("\n\n");
  return message.join("\n\n");
}

/** Takes the objects over and lets a new branch name the commit; a branch of that name is never moved. */
export async function createBranch(repository: Repository, { branch, commit }: Tip, pack: Uint8Array) {
  await inRepository(repository, ["unpack-objects", "-q"], { input: pack });
  const none = "0".repeat(commit.length);
  try {
    await inRepository(repository, ["update-ref", `refs/heads/${branch}`, commit, none]);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new PortwrightError(
      "environment",
      `branch ${branch} cannot be made (${said}): remove or rename what stands in its way in ${repository.path}, ` +
        'or set "delivery.branchPrefix" in portwright.json',
      error,
    );
  }
}

/** Removes a branch that still names that commit; fails when it has moved. */
export async function deleteBranch(repository: Repository, { branch, commit }: Tip): Promise<void> {
  await inRepository(repository, ["update-ref", "-d", `refs/heads/${branch}`, commit]);
}

/** The folder in which the branch is checked out; null for nowhere. */
export async function checkedOutIn(repository: Repository, branch: string): Promise<string | null> {
  const said = await inRepository(repository, ["worktree", "list", "--porcelain"]);
  const entry = said.split("\n\n").find((one) => one.split("\n").includes(`branch refs/heads/${branch}`));
  return entry === undefined ? null : (/^worktree (.*)$/m.exec(entry)?.[1] ?? repository.path);
}
