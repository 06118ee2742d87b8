import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { configFileOf, loadConfig } from "../../config/load.ts";
import { lendEnvironments } from "../../environments/far/lend.ts";
import { lentFolder, recordOwner } from "../../environments/far/owners.ts";
import { beginSession } from "../../environments/far/session.ts";
import { wantedShell } from "../../environments/far/shell.ts";
import { createEnvironmentManager, type ManagerOptions } from "../../environments/manager.ts";
import { sourceHeads } from "../../environments/sources.ts";
import type { EnvironmentManager } from "../../environments/types.ts";
import { CliError, exitCodes } from "../failure.ts";
import { inOwnTerminal } from "../ownTerminal.ts";
import type { Terminal } from "../terminal.ts";
import { runHere } from "./environmentRun.ts";

type Asking = Pick<ManagerOptions, "programs" | "beside"> & {
  builder?: { make?: string | undefined; operatingSystem: string };
};

/** Speaks on stdin and stdout, to a server that is a program of the same person on another host. */
export async function lend(
  terminal: Terminal,
  { owner, shell }: { owner: string; shell?: string },
): Promise<void> {
  if (!/^[a-z0-9]{1,40}$/.test(owner))
    throw new CliError(exitCodes.usage, "--owner takes small letters and digits");
  // Everything that is written here is for its own user.
  process.umask(0o077);
  const { stateDir, signal } = terminal;
  const file = configFileOf(stateDir);
  const config = await loadConfig(stateDir);
  const { trees } = config;
  if (trees === undefined)
    throw new CliError(exitCodes.failure, `"trees" are not set in ${file} of this host`);
  if (config.environment.kind === "ssh")
    throw new CliError(exitCodes.failure, `${file} of this host names kind ssh: name one that is its own`);

  const { root } = config.environment;
  const folder = join(lentFolder(stateDir, root), owner);
  async function manage({ builder, programs = [], beside = false }: Asking): Promise<EnvironmentManager> {
    const { root: _, ...environment } = config.environment;
    const made = await createEnvironmentManager({
      config: { ...config, environment, builder: { ...config.builder, ...builder } },
      ...{ programs, beside },
      stateDir: folder,
      now: Date.now,
      newId: randomUUID,
    });
    // Whoever asks would not see what is amiss here.
    if (made.kind !== "plain") return made;
    throw new CliError(
      exitCodes.failure,
      `environments of this host are not lent, as they keep nothing apart (${made.note}): set "environment.kind" in ${file}`,
    );
  }

  if (shell === undefined) {
    const overtaken = new AbortController();
    let session: Disposable | undefined;
    await lendEnvironments({
      ...{ input: process.stdin, output: process.stdout },
      signal: AbortSignal.any([signal, overtaken.signal]),
      async begin(asking, wanted) {
        const heard = await recordOwner(folder, asking.owner, Date.now);
        const place = { id: randomUUID(), overtaken: () => overtaken.abort(), signal: wanted };
        session = await beginSession(folder, place);
        return { manager: await manage(asking), heads: () => sourceHeads(trees), heard };
      },
    });
    session?.[Symbol.dispose]();
    // An answer that nobody takes any more must not keep this process.
    process.exit(signal.aborted ? exitCodes.interrupted : exitCodes.ok);
  }
  const wanted = wantedShell(shell);
  if (wanted === null) throw new CliError(exitCodes.usage, "--shell is for the server of another host alone");
  // That server's connection may be at work here meanwhile.
  const environment = await (await manage({ beside: true })).open(wanted.name);
  const { argv, cwd, env } = await inOwnTerminal(await environment.shell(wanted.env));
  const code = await runHere(argv, { cwd, env, stdio: "inherit" }, signal);
  if (code !== 0) throw new CliError(code, "");
}
