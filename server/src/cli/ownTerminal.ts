import { execa } from "execa";
import type { MethodResult } from "../protocol/index.ts";
import { CliError, exitCodes } from "./failure.ts";

type Command = MethodResult<"env/shell">;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * The same command behind a terminal of its own, made by script(1), which passes size, keys and exit status on. What
 * runs there may put input into its terminal (TIOCSTI): never into the person's, where a shell outside would read it.
 */
export async function inOwnTerminal(
  { argv, cwd, env }: Command,
  platform: NodeJS.Platform = process.platform,
): Promise<Command> {
  // script(1) of util-linux hands its command to this shell.
  const here = { cwd, env: { ...env, SHELL: "/bin/sh" } };
  const isBsd = platform !== "linux";
  const probe = isBsd ? ["sh", "-c", "command -v script"] : ["script", "--version"];
  const [name = "", ...rest] = probe;
  const found = await execa(name, rest, { ...here, cwd: "/", extendEnv: false, reject: false });
  if (found.failed || (!isBsd && !String(found.stdout).includes("util-linux")))
    throw new CliError(
      exitCodes.failure,
      `a shell needs script(1)${isBsd ? "" : " of util-linux"} for a terminal of its own: install it, ` +
        "or use `portwright env exec NAME -- COMMAND`",
    );
  return isBsd
    ? { ...here, argv: ["script", "-q", "/dev/null", ...argv] }
    : { ...here, argv: ["script", "-q", "-e", "-c", `exec ${argv.map(quoted).join(" ")}`, "/dev/null"] };
}
