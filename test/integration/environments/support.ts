import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import { type ServerConfig, ServerConfig as schema } from "../../../server/src/config/config.ts";
import { createEnvironmentManager, type ManagerOptions } from "../../../server/src/environments/manager.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import type { EnvironmentKind } from "../../../server/src/protocol/index.ts";
import { createFarHost, type FarHost } from "../../fixtures/farHost.ts";
import { createSampleTrees, type SampleTrees } from "../../fixtures/ports/trees.ts";

const hasBwrap = works("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]);
const hasChroot =
  process.getuid?.() === 0 &&
  works("unshare", ["--mount", "--pid", "--fork", "--net", "mount", "-t", "tmpfs", "none", "/mnt"]);

const hasSshd = works("/usr/sbin/sshd", ["-V"]);

/** The kinds that this machine can run; what is missing is shown as a shorter list of tests. */
export const kinds: EnvironmentKind[] = [
  ...(hasBwrap ? (["bwrap", "command"] as const) : []),
  ...(hasChroot ? (["chroot"] as const) : []),
  ...(hasBwrap && hasSshd ? (["ssh"] as const) : []),
  "plain",
];

/** Those that promise to keep what runs inside from the rest. */
export const isolating = kinds.filter((kind) => kind !== "plain");

function works(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A porter's own tool as the configuration names it; it keeps what it knows in `home`. */
export function ownTool(home: string) {
  const tool = join(import.meta.dirname, "../../fixtures/portchroot.sh");
  return {
    create: [tool, "create", home, "{name}"],
    exec: [tool, "exec", home, "{name}", "{network}", "{mounts}", "--"],
    reset: [tool, "reset", home, "{name}"],
    destroy: [tool, "destroy", home, "{name}"],
    readOnly: ["-r", "{host}", "{inside}"],
    writable: ["-w", "{host}", "{inside}"],
    online: ["-n"],
  };
}

interface ConfigOptions {
  packages?: string;
  builder?: object;
  composer?: object;
  /** For kind `command`, over what names the porter's own tool. */
  command?: object;
}

export interface Place {
  folder: string;
  trees: SampleTrees;
  stateDir: string;
  /** A manager on these trees; options go over the defaults. */
  manager(
    kind: EnvironmentKind,
    options?: ConfigOptions &
      Pick<ManagerOptions, "freeBytes" | "goesOn"> & { stateDir?: string; now?: () => number },
  ): Promise<EnvironmentManager>;
  /** Of kind `ssh` once there was a manager. */
  config(kind: EnvironmentKind, options?: ConfigOptions): ServerConfig;
  /** State folder of the Portwright that makes environments of that kind. */
  home(kind: EnvironmentKind): string;
  remove(): Promise<void>;
}

/** Sample trees and an empty state folder, all below one new temporary folder. */
export async function createPlace(): Promise<Place> {
  // As an operator has it, whose trees builds read; a manager of another place left the server's.
  process.umask(0o022);
  const folder = await mkdtemp(join(tmpdir(), "portwright-environments-"));
  const trees = await createSampleTrees(join(folder, "trees"));
  // As an operator has to, where builds run as a user of their own.
  await chmod(trees.distfiles, 0o777);
  const stateDir = join(folder, "state");
  const managers: EnvironmentManager[] = [];
  let far: FarHost | undefined;
  const config: Place["config"] = (kind, options = {}) =>
    schema.parse({
      trees: {
        freebsdPorts: trees.freebsdPorts,
        deltaPorts: trees.deltaPorts,
        distfiles: trees.distfiles,
        ...(options.packages ? { packages: options.packages } : {}),
      },
      environment: {
        kind,
        ...(kind === "command" ? { command: { ...ownTool(join(folder, "tool")), ...options.command } } : {}),
        ...(kind === "ssh" ? { ssh: far?.ssh } : {}),
      },
      ...(options.builder ? { builder: options.builder } : {}),
      ...(options.composer ? { composer: options.composer } : {}),
    });
  return {
    folder,
    trees,
    stateDir,
    config,
    async manager(kind, options = {}) {
      if (kind === "ssh") {
        far ??= await createFarHost(join(folder, "far"));
        await far.configure(config("bwrap", options));
      }
      const whole = config(kind, options);
      // As a server has it.
      process.umask(0o077);
      const { programs } = createBuilder(whole.builder.attempts, whole.builder);
      const manager = await createEnvironmentManager({
        config: whole,
        programs,
        stateDir: options.stateDir ?? stateDir,
        ...(options.freeBytes && { freeBytes: options.freeBytes }),
        ...(options.goesOn && { goesOn: options.goesOn }),
        now: options.now ?? Date.now,
        newId: randomUUID,
      });
      managers.push(manager);
      return manager;
    },
    home: (kind) => (kind === "ssh" && far ? far.home(stateDir) : stateDir),
    async remove() {
      await Promise.all(managers.map((manager) => manager.close()));
      await far?.sshd.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A copy of a repository for a test that changes it. */
export async function copyTree(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true });
  return to;
}

export function commitAll(tree: string, message: string): void {
  const identity = ["-c", "user.name=Porter", "-c", "user.email=porter@example.org"];
  execFileSync("git", ["-C", tree, "add", "-A"]);
  execFileSync("git", ["-C", tree, ...identity, "commit", "-q", "-m", message]);
}

export async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, "utf8")));
}

/** Command lines of all processes that are alive, by their ids. */
export async function processes(): Promise<Map<string, string>> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = pids.map(async (pid): Promise<[string, string]> => {
    const line = await readFile(join("/proc", pid, "cmdline"), "latin1").catch(() => "");
    return [pid, line.replaceAll("\0", " ").trim()];
  });
  return new Map(await Promise.all(lines));
}

/** Whether a process with exactly this command line is alive, after a moment for it to go. */
export async function running(command: string): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    if (![...(await processes()).values()].includes(command)) return false;
    await sleep(100);
  }
  return true;
}
