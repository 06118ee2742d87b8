import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../server/src/cli/main.ts", import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Sandbox extends AsyncDisposable {
  folder: string;
  stateDir: string;
  /** Runs `portwright ARGS` on this sandbox's state, to its end. */
  run(args: string[], input?: string): Promise<Ran>;
  start(args: string[], more?: ["ipc"]): ChildProcess;
}

/** Collects a process to its end. */
export async function collect(child: ChildProcess, input?: string): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  if (input !== undefined) child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

/** A fresh folder with a state of its own; at its end the server there, if any, is ended. */
export async function makeSandbox(command: readonly string[] = [process.execPath, main]): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-cli-"));
  const stateDir = join(folder, "state");
  const { PORTWRIGHT_STATE: _, ...env } = process.env;
  const [program = "", ...first] = command;
  const start = (args: string[], more: [] | ["ipc"] = []): ChildProcess =>
    spawn(program, [...first, ...args], {
      env: { ...env, PORTWRIGHT_STATE: stateDir },
      stdio: ["pipe", "pipe", "pipe", ...more],
      cwd: folder,
    });
  return {
    folder,
    stateDir,
    start,
    run: (args, input = "") => collect(start(args), input),
    async [Symbol.asyncDispose]() {
      await endServer(stateDir);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process.
    return false;
  }
};

/** Ends the server that holds the state's lock, and waits for its end. */
export async function endServer(stateDir: string): Promise<void> {
  const pid = Number(await readFile(join(stateDir, "lock.pid"), "utf8").catch(() => "0"));
  // A state that a test wrote itself, and no server took over, names the test.
  if (!pid || pid === process.pid || !isAlive(pid)) return;
  process.kill(pid, "SIGTERM");
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}
