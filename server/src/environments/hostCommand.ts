import type { Layout } from "./layout.ts";
import { bwrapArguments } from "./sandbox/bwrap.ts";
import { baseVariables } from "./sandbox/variables.ts";
import { toPlainHost } from "./translate.ts";
import type { HostCommand } from "./types.ts";

interface CommandParts {
  layout: Layout;
  /** Origins that were composed here. */
  composed: readonly string[];
  etc: string;
  alsoVisible: readonly string[];
}

interface InsideCommand {
  argv: readonly [string, ...string[]];
  /** A /work path. */
  cwd: string;
  env?: Readonly<Record<string, string>> | undefined;
  network: boolean;
  /** It gets a terminal that is its own: job control needs the session which that terminal belongs to. */
  ownTerminal: boolean;
}

/** What the host has to run so that a command runs inside. */
export function hostCommand(parts: CommandParts, inside: InsideCommand): HostCommand {
  const { layout } = parts;
  const variables = { ...baseVariables, ...inside.env };
  if (layout.kind === "bwrap") {
    const { cwd, network, ownTerminal } = inside;
    const argv = [...bwrapArguments({ ...parts, cwd, variables, network, ownTerminal }), ...inside.argv];
    return { argv, cwd: "/", env: hostVariables };
  }
  const host = (text: string) => toPlainHost(layout, text);
  const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, host(value)]));
  const [command, ...rest] = inside.argv;
  const cwd = host(inside.cwd);
  // A command named by an absolute path outside /work is the host's own, /usr/local/bin included.
  const argv = [command.startsWith("/work/") ? host(command) : command, ...rest.map(host)];
  return { argv, cwd, env: { ...env, PWD: cwd } };
}

/** What bubblewrap itself needs; the inside starts from an empty environment. */
const hostVariables = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" };
