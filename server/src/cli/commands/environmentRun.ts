import { type SpawnOptions, spawn } from "node:child_process";
import type { CallParams } from "../../protocol/index.ts";
import { CliError, exitCodes } from "../failure.ts";
import { clean } from "../output.ts";
import { inOwnTerminal } from "../ownTerminal.ts";
import { asJson, callAndShow, withServer } from "../session.ts";
import type { Terminal } from "../terminal.ts";

/** As timeout(1) ends. */
const timedOutCode = 124;

interface ExecOptions {
  cwd?: string;
  timeout?: string;
  dryRun?: boolean;
  platform?: CallParams<"env/plan">["platform"];
}

/** Passes the output through as it comes, made harmless where a terminal shows it, and ends as the command did. */
export async function execInside(
  terminal: Terminal,
  name: string,
  argv: string[],
  { cwd, timeout, dryRun, platform }: ExecOptions,
): Promise<void> {
  if (dryRun)
    return callAndShow(terminal, "env/plan", { name, argv, cwd, platform }, ({ text }) => clean(text));
  const timeoutMs = timeout === undefined ? undefined : Number(timeout) * 1000;
  const result = await withServer(terminal, (client) => {
    if (!terminal.json)
      client.on("progress", ({ text }) => terminal.out(process.stdout.isTTY ? clean(text) : text));
    return client.call("env/exec", { name, argv, cwd, timeoutMs }, terminal.signal);
  });
  if (terminal.json) terminal.out(asJson(result));
  const { exitCode, timedOut } = result;
  if (timedOut) throw new CliError(timedOutCode, "it took too long and was ended (--timeout)");
  if (exitCode === null) throw new CliError(exitCodes.failure, "it was ended by a signal");
  if (exitCode !== 0) throw new CliError(exitCode, "");
}

export async function shellInside(terminal: Terminal, name: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new CliError(
      exitCodes.usage,
      "a shell needs a terminal; without one: `portwright env exec NAME -- COMMAND`",
    );
  const term = /^[A-Za-z0-9._+-]{1,64}$/.test(terminal.env.TERM ?? "") ? terminal.env.TERM : undefined;
  const { command, environment } = await withServer(terminal, async (client) => ({
    command: await client.call("env/shell", { name, term }, terminal.signal),
    environment: (await client.call("status", {}, terminal.signal)).environment,
  }));
  if (environment.kind === "plain") terminal.err(`portwright: ${environment.note}\n`);
  const { argv, cwd, env } = await inOwnTerminal(command);
  const code = await runHere(argv, { cwd, env, stdio: "inherit" }, terminal.signal);
  if (code !== 0) throw new CliError(code, "");
}

/** Runs a command on this terminal to its end; its exit status, or 1 when a signal ended it. */
export async function runHere(
  [command = "", ...rest]: readonly string[],
  options: SpawnOptions,
  signal: AbortSignal,
): Promise<number> {
  const child = spawn(command, rest, options);
  const hangUp = (): void => void child.kill("SIGHUP");
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? exitCodes.failure));
    });
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}
