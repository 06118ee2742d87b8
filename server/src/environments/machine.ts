import { mkdtemp, readdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import type { Check, EnvironmentKind } from "../protocol/index.ts";
import { amiss, inOrder } from "./check.ts";
import { checkTools, type ToolOptions } from "./gate.ts";
import { isAlive } from "./host.ts";
import { makeKind } from "./kinds/choose.ts";
import { plainLacks } from "./kinds/plain.ts";
import { clearLeftovers } from "./leftovers.ts";
import { lstatOrNull } from "./namespace.ts";
import { removeTree } from "./remove.ts";
import { remedyFor, selfTest, timeLimitTest } from "./selftest.ts";

interface MachineOptions extends ToolOptions {
  config: Pick<ServerConfig, "trees" | "environment" | "builder">;
  newId: () => string;
}

/**
 * What this machine can isolate builds with, kind by kind, and which tools it lacks: for whoever has named no trees yet, or a kind
 * that does not work. It is tried out in a folder that is gone at the end.
 */
export async function checkMachine(options: MachineOptions, signal?: AbortSignal): Promise<Check[]> {
  await clearEarlier();
  const { trees, environment } = options.config;
  const root = await realpath(await mkdtemp(join(tmpdir(), `${scratch}${process.pid}-`)));
  try {
    const own: Check[] = [];
    // One after the other: each measures how soon something ends.
    for (const name of ["bwrap", "chroot", "command"] as const)
      own.push(await checkKind(name, { ...options, root }, signal));
    const kinds = [...own, farKind(environment), plainOne(environment)];
    return [...(trees ? [] : [withoutTrees]), ...kinds, ...(await checkTools(options))];
  } finally {
    await removeTree(root);
  }
}

const withoutTrees = amiss(
  ...(["trees", "trees", "no trees are configured: failures are diagnosed and nothing is repaired"] as const),
  "`portwright init` writes them to portwright.json; then start the server, again if it runs",
);

type Environment = ServerConfig["environment"];
type Tried = "bwrap" | "chroot" | "command";

const isChosen = (name: EnvironmentKind, { kind }: Environment): boolean =>
  name === (kind === "auto" ? "bwrap" : kind);

async function checkKind(
  name: Tried,
  { config: { environment }, root, newId }: MachineOptions & { root: string },
  signal?: AbortSignal,
): Promise<Check> {
  const chosen = isChosen(name, environment);
  if (name === "command" && !environment.command)
    return notChosen(name, 'describe a tool of your own in "environment.command" of portwright.json');
  const why = await whatKeeps().catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  signal?.throwIfAborted();
  if (why === null)
    return inOrder("kind-available", name, `isolates here${chosen ? ": builds run in it" : choice(name)}`);
  if (chosen) return amiss("kind-available", name, why, remedyFor(name));
  return notChosen(name, name === "bwrap" ? `${why}: install bubblewrap and allow it user namespaces` : why);

  async function whatKeeps(): Promise<string | null> {
    const kind = await makeKind(name, { config: environment, root, newId });
    const broken = (await selfTest(kind, root, signal)).filter(({ ok }) => !ok);
    if (broken.length === 0)
      broken.push(...(await timeLimitTest(kind, root, signal)).filter(({ ok }) => !ok));
    return broken.length === 0 ? null : broken.map(({ message }) => message).join("; ");
  }
}

const choice = (name: EnvironmentKind): string =>
  `; "kind": "${name}" in "environment" of portwright.json chooses it`;

const notChosen = (name: EnvironmentKind, text: string): Check =>
  inOrder("kind-available", name, `not chosen: ${text}`);

/** That host tells what it isolates with once there are environments to ask it for. */
function farKind(environment: Environment): Check {
  const { ssh } = environment;
  if (!ssh) return notChosen("ssh", 'name a host with a Portwright in "environment.ssh" of portwright.json');
  const end = isChosen("ssh", environment) ? "" : choice("ssh");
  const text = `environments of ${ssh.user}@${ssh.host}:${ssh.port}, which is asked once trees are named${end}`;
  return inOrder("kind-available", "ssh", text);
}

function plainOne(environment: Environment): Check {
  if (!isChosen("plain", environment)) return notChosen("plain", plainLacks);
  return amiss("kind-available", "plain", plainLacks, remedyFor("plain"));
}

const scratch = "portwright-doctor-";

/** What was killed may have left its folder, and mounts where these are the host's own. */
async function clearEarlier(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^portwright-doctor-(\d+)-\w{6}$/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    const found = await lstatOrNull(folder);
    // Another user's is his.
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
    await clearLeftovers(folder);
    await removeTree(folder);
  }
}
