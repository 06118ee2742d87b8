import { access, constants, stat, statfs } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import type { Check } from "../protocol/index.ts";
import { Amiss, check } from "./check.ts";
import { Unhealthy } from "./errors.ts";
import { defaultMake } from "./host.ts";
import type { Kind } from "./kinds/types.ts";
import { selfTest } from "./selftest.ts";
import type { Program } from "./types.ts";

export interface ToolOptions {
  config: Pick<ServerConfig, "environment" | "builder">;
  programs: readonly Program[];
}

export interface GateOptions extends ToolOptions {
  kind: Kind;
  /** Folder of all environments. */
  root: string;
  /** Folder of the composed trees. */
  bases: string;
  /** Bytes that are free for us where a folder is. */
  freeBytes?: ((folder: string) => Promise<number>) | undefined;
  now: () => number;
}

/** What decides whether a build is begun, for whoever makes an environment or goes on in one. */
export interface Gate {
  look(signal?: AbortSignal): Promise<Check[]>;
  /** Throws Unhealthy. */
  require(signal?: AbortSignal): Promise<void>;
  /** What it threw last, as words; asked again and again it looks anew now and then, until all is well. */
  trouble(): string | null;
}

/** Between two looks that nobody waits for. */
const restMs = 20_000;

export function createGate(options: GateOptions): Gate {
  const { kind, root, now } = options;
  return gateOf(now, async (signal) => [
    ...(kind.isolates ? await selfTest(kind, root, signal) : []),
    ...(await checkTools(options)),
    await checkSpace(options),
  ]);
}

export function gateOf(now: () => number, look: Gate["look"]): Gate {
  let trouble: string | null = null;
  let lookedAt = 0;
  let looking = false;

  async function require(signal?: AbortSignal): Promise<void> {
    const broken = (await look(signal)).filter(({ ok }) => !ok);
    signal?.throwIfAborted();
    const found = broken.length === 0 ? null : new Unhealthy(broken);
    [trouble, lookedAt] = [found?.message ?? null, now()];
    if (found !== null) throw found;
  }

  return {
    look,
    require,
    trouble() {
      if (trouble !== null && !looking && Math.abs(now() - lookedAt) >= restMs) {
        looking = true;
        // What it finds is kept; nobody is there to hear of it.
        void require()
          .catch(() => undefined)
          .finally(() => {
            looking = false;
          });
      }
      return trouble;
    },
  };
}

export function checkTools({ config, programs }: ToolOptions): Promise<Check[]> {
  const wanted = new Map<string, [command: string, remedy: string]>([
    ["make", [config.builder.make ?? defaultMake(), 'name the file in "builder.make" of portwright.json']],
    ["git", ["git", "see to it that it is on the server's PATH"]],
    ["patch", ["patch", "see to it that it is on the server's PATH"]],
  ]);
  for (const { name, command, setting } of programs)
    if (!wanted.has(name)) wanted.set(name, [command, `name the file in "${setting}" of portwright.json`]);
  return Promise.all(
    [...wanted].map(([name, [command, remedy]]) =>
      check({ kind: "tools", name, action: `install it, or ${remedy}` }, async () => {
        const found = await findProgram(command);
        if (found === null) throw new Error(`${command} is not there, or is no program`);
        return found;
      }),
    ),
  );
}

/** Path of a program that may be run, by the server's PATH where only its name is given. */
async function findProgram(command: string): Promise<string | null> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const places = command.includes("/") ? [command] : folders.map((folder) => join(folder, command));
  for (const place of places) {
    const isProgram = await access(place, constants.X_OK).then(
      async () => (await stat(place)).isFile(),
      () => false,
    );
    if (isProgram) return place;
  }
  return null;
}

const gibibyte = 1024 ** 3;

function checkSpace({ config, root, bases, freeBytes = freeBytesOf }: GateOptions): Promise<Check> {
  const { minFreeGiB } = config.environment;
  return check({ kind: "disk", name: "disk space", action: `make room in ${root}` }, async () => {
    const found: string[] = [];
    for (const folder of new Set([root, bases])) {
      const free = (await freeBytes(folder)) / gibibyte;
      const words = `${free.toFixed(1)} GiB free in ${folder}`;
      if (free < minFreeGiB)
        throw new Amiss(
          `${words}, and builds are begun with at least ${minFreeGiB}`,
          `make room there, or set "environment.minFreeGiB" in portwright.json`,
        );
      found.push(words);
    }
    return found.join(", ");
  });
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
