import { execa } from "execa";
import { EnvironmentError } from "./errors.ts";
import { BoundedOutput } from "./output.ts";
import { readableMask } from "./readable.ts";
import type { ExecResult, HostCommand } from "./types.ts";

interface ProcessRequest {
  argv: readonly string[];
  /** Host folder. */
  cwd: string;
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** The output waits for a promise that this returns; it must not reject. */
  onOutput?: ((chunk: Uint8Array) => unknown) | undefined;
  maxOutputBytes: number;
}

const terminateGraceMs = 2000;
/** How long the output may stay open after the process ended: a daemon that kept it is not waited for. */
const outputGraceMs = 1000;

/**
 * No core files, files of at most 8 GiB, at most 4096 processes (`-p` is dash's name for `-u`; the kernel does
 * not hold root's to it), and, where memory runs out, ended before the server is.
 */
const limits = `${readableMask}
{ echo 500 >/proc/self/oom_score_adj; } 2>/dev/null
ulimit -c 0; ulimit -f 16777216
ulimit -u 4096 2>/dev/null || ulimit -p 4096 2>/dev/null
`;

/** The same command under those bounds, its outputs apart. */
export function limited({ argv, ...rest }: HostCommand): HostCommand {
  return { ...rest, argv: ["/bin/sh", "-c", `${limits}exec "$@"`, "sh", ...argv] };
}

/** Runs a command in its own process group with bounds; a failing command is a result, not an error. */
export async function runProcess(request: ProcessRequest): Promise<ExecResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.maxOutputBytes);
  const ended = (rest: Pick<ExecResult, "exitCode" | "timedOut" | "cancelled">): ExecResult => ({
    ...rest,
    ...output.finish(),
    durationMs: Math.round(performance.now() - started),
  });
  if (request.signal?.aborted) return ended({ exitCode: null, timedOut: false, cancelled: true });

  // Both outputs go into one pipe, so that they keep their order.
  const child = execa("/bin/sh", ["-c", `${limits}exec "$@" 2>&1`, "sh", ...request.argv], {
    cwd: request.cwd,
    env: request.env,
    extendEnv: false,
    detached: true,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    buffer: false,
    reject: false,
  });
  child.stdout.on("data", (chunk: Buffer) => {
    output.push(chunk);
    const taken = request.onOutput?.(chunk);
    if (!(taken instanceof Promise)) return;
    child.stdout.pause();
    void taken.finally(() => child.stdout.resume());
  });

  let stopped: "timeout" | "cancel" | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (why: "timeout" | "cancel") => {
    if (stopped !== null) return;
    stopped = why;
    killGroup(child.pid, "SIGTERM");
    killTimer = setTimeout(() => killGroup(child.pid, "SIGKILL"), terminateGraceMs);
  };
  const onAbort = () => stop("cancel");
  request.signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => stop("timeout"), request.timeoutMs);
  let closeTimer: NodeJS.Timeout | undefined;
  child.nodeChildProcess.once("exit", () => {
    killGroup(child.pid, "SIGKILL");
    const close = () => {
      // A reader that is slow is no daemon that keeps the output.
      if (child.stdout.isPaused() && stopped === null) closeTimer = setTimeout(close, outputGraceMs);
      else child.stdout.destroy();
    };
    closeTimer = setTimeout(close, outputGraceMs);
  });
  const result = await child;
  for (const each of [timer, killTimer, closeTimer]) clearTimeout(each);
  request.signal?.removeEventListener("abort", onAbort);

  if (child.pid === undefined)
    throw new EnvironmentError(
      "system",
      `cannot start ${request.argv[0]}: ${result.shortMessage ?? "unknown"}`,
    );
  return ended({
    exitCode: stopped === null ? (result.exitCode ?? null) : null,
    timedOut: stopped === "timeout",
    cancelled: stopped === "cancel",
  });
}

/** Nothing to do for a group that has ended. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the whole group has ended already, which is what was wanted.
  }
}
