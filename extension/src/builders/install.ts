import type { Host } from "../connection/host.ts";
import { type Ran, runOn } from "../connection/run.ts";

const oldestNode = 22;
/** Systems for which the database comes compiled; elsewhere the installation compiles it. */
const prebuilt = new Set(["Linux", "Darwin"]);

/** Something that a person has to do on the builder first; `message` says what. */
class InstallError extends Error {
  override readonly name = "InstallError";
}

export interface HostFacts {
  system: string;
  /** The installation compiles for some minutes, and needs a compiler, make and Python. */
  compiles: boolean;
  /** Folder that the user there can write: `bin` in it gets the command. */
  prefix: string;
}

export interface InstallSteps {
  host: Host;
  /** What happens, for the log. */
  tell: (line: string) => void;
  signal: AbortSignal;
}

/** How to get Node there, by what `uname -s` says. */
const nodeRemedies: Readonly<Record<string, string>> = {
  DragonFly: "pkg install node npm",
  FreeBSD: "pkg install node npm",
  NetBSD: "pkgin install nodejs",
  OpenBSD: "pkg_add node",
  Linux: "install Node 22 or newer with npm, e.g. from nodejs.org",
};

/** Looks at the builder's host. Throws InstallError naming what is missing and how to get it. */
export async function lookAtHost(steps: InstallSteps): Promise<HostFacts> {
  const script =
    'uname -s; id -u; printf "%s\\n" "$HOME"; node --version 2>/dev/null || echo none; npm --version 2>/dev/null || echo none';
  const { lines } = await run(steps, ["sh", "-c", script], "look at the host");
  const [system = "", user = "", home = "", node = "none", npm = "none"] = lines.slice(-5);
  const remedy = nodeRemedies[system] ?? `install Node ${oldestNode} or newer with npm`;
  if (node === "none") throw new InstallError(`Node is not installed there: ${remedy}`);
  if (Number.parseInt(node.replace("v", ""), 10) < oldestNode)
    throw new InstallError(`Node ${node} is too old there, ${oldestNode} or newer is needed: ${remedy}`);
  if (npm === "none") throw new InstallError(`npm is not installed there: ${remedy}`);
  const prefix = user === "0" ? "/usr/local" : `${home}/.local`;
  return { system, compiles: !prebuilt.has(system), prefix };
}

/** Copies the packed server there and installs it below `prefix`; the command's path. Throws InstallError. */
export async function installServer(steps: InstallSteps, packed: string, prefix: string): Promise<string> {
  const receive = 'umask 077 && d=$(mktemp -d) && cat >"$d/portwright-server.tgz" && echo "$d"';
  const { lines } = await run({ ...steps, input: packed }, ["sh", "-c", receive], "copy the server");
  const folder = lines.at(-1) ?? "";
  if (!folder.startsWith("/")) throw new InstallError(`the host gave no place for the server: ${folder}`);
  try {
    const install = ["npm", "install", "--global", "--no-fund", "--no-audit", "--prefix", prefix];
    await run(steps, [...install, `${folder}/portwright-server.tgz`], "install the server");
  } finally {
    await runOn(steps.host, ["rm", "-rf", folder], { tell: steps.tell, signal: AbortSignal.timeout(30_000) });
  }
  const command = `${prefix}/bin/portwright`;
  await run(steps, [command, "--version"], "start the command");
  return command;
}

/** What the hooks' installation would write, or did, in the command's own words. */
export async function installHooks(steps: InstallSteps, command: string, dryRun: boolean): Promise<string> {
  const words = [command, "hooks", "install", ...(dryRun ? ["--dry-run"] : [])];
  return (await run(steps, words, "install the hooks")).lines.join("\n");
}

async function run(
  { host, tell, signal, input }: InstallSteps & { input?: string },
  words: readonly string[],
  what: string,
): Promise<Ran> {
  const ran = await runOn(host, words, { tell, signal, ...(input && { input }) });
  if (ran.status === 0) return ran;
  throw new InstallError(`cannot ${what}: ${ran.said || `${words[0]} ended with status ${ran.status}`}`);
}
