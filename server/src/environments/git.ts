import { existsSync } from "node:fs";
import { execa } from "execa";
import { EnvironmentError } from "./errors.ts";
import { killGroup } from "./process.ts";
import { readably } from "./readable.ts";

interface GitRequest {
  cwd: string;
  /** Repository apart from its work tree; found from `cwd` when absent. */
  repository?: { gitDir: string; workTree: string };
  input?: string | Uint8Array;
  signal?: AbortSignal | undefined;
  /** Over the scrubbed environment; undefined takes a variable out of it. */
  env?: Record<string, string | undefined>;
  /** It has helpers that speak with another host; they end with it. */
  remote?: boolean;
  /** User as whom it runs, where the server may choose one. */
  owner?: { uid: number; gid: number } | undefined;
  /** Standard output beyond this is an error. Default 16 MiB. */
  maxBytes?: number;
}

/** Nothing of the operator's configuration, hooks or pagers; a checkout of another owner is read as it is. */
const settings = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "safe.directory=*", "core.pager=cat"];

const timeoutMs = 300_000;
/** What sh(1) ends with where there is no such program. */
const notFound = 127;

/** Runs git and returns its standard output; throws EnvironmentError with what git said. */
export async function git(args: readonly string[], request: GitRequest): Promise<string> {
  const { repository } = request;
  const [shell, ...words] = readably(["git", ...settings.flatMap((setting) => ["-c", setting]), ...args]);
  const child = execa(shell, words, {
    cwd: request.cwd,
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin:/usr/local/bin",
      HOME: "/nonexistent",
      LC_ALL: "C",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      // The operator's index is read only: `status` must not rewrite it.
      GIT_OPTIONAL_LOCKS: "0",
      ...(repository ? { GIT_DIR: repository.gitDir, GIT_WORK_TREE: repository.workTree } : {}),
      ...request.env,
    },
    extendEnv: false,
    ...request.owner,
    ...(request.input === undefined ? { stdin: "ignore" as const } : { input: request.input }),
    ...(request.signal ? { cancelSignal: request.signal } : {}),
    timeout: timeoutMs,
    maxBuffer: request.maxBytes ?? 16 * 1024 * 1024,
    stripFinalNewline: false,
    reject: false,
    ...(request.remote && { detached: true }),
  });
  if (request.remote) child.nodeChildProcess.once("exit", () => killGroup(child.pid, "SIGKILL"));
  const result = await child;
  if (!result.failed) return result.stdout;
  if (result.isCanceled)
    throw new EnvironmentError("cancelled", `git ${args[0]} was cancelled`, result.cause);
  if (result.exitCode === notFound && existsSync(request.cwd))
    throw new EnvironmentError(
      "unavailable",
      "git is not installed, or not on the server's PATH",
      result.cause,
    );
  const said = result.stderr.trim().slice(0, 2000) || (result.shortMessage ?? "unknown");
  throw new EnvironmentError("system", `git ${args[0]} failed: ${said}`, result.cause);
}
