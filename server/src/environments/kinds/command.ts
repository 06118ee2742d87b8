import type { ServerConfig } from "../../config/config.ts";
import { EnvironmentError } from "../errors.ts";
import { runProcess } from "../process.ts";
import { fill } from "../template.ts";
import { hostVariables } from "./bwrap.ts";
import { type Part, workParts } from "./parts.ts";
import { quote } from "./quote.ts";
import type { InsideCommand, Kind, Place } from "./types.ts";

type CommandConfig = NonNullable<ServerConfig["environment"]["command"]>;

const inFolder = 'cd -- "$1" && shift && exec "$@"';
const hookTimeoutMs = 10 * 60_000;

/**
 * An operator's own program. What stands inside is told to it as arguments, and it is believed no more than others: the
 * self-test decides. `empty` is an empty folder, to be shown in place of what is hidden.
 */
export function commandKind(config: CommandConfig, empty: string): Kind {
  function argvOf(place: Place, inside: InsideCommand): string[] {
    const variables = Object.entries(inside.variables).map(([name, value]) => `${name}=${value}`);
    const mounts = workParts(place, inside.network).flatMap((part) => mountArguments(config, part, empty));
    const words = config.exec.flatMap((word) => {
      if (word === "{mounts}") return mounts;
      if (word === "{network}") return inside.network ? config.online : config.offline;
      return [fill(word, { name: place.name, root: place.layout.root })];
    });
    return [
      ...[...words, "/usr/bin/env", "-i", ...variables],
      ...["/bin/sh", "-c", inFolder, "sh", inside.cwd, ...inside.argv],
    ];
  }

  const hook = (step: "create" | "reset" | "destroy") => {
    const template = config[step];
    if (template === undefined) return undefined;
    return async (name: string, root: string): Promise<void> => {
      const argv = template.map((word) => fill(word, { name, root }));
      const limits = { timeoutMs: hookTimeoutMs, maxOutputBytes: 4096 };
      const { exitCode, output } = await runProcess({ argv, cwd: "/", env: hostVariables, ...limits });
      if (exitCode === 0) return;
      const said = output.toString().trim() || `it ended with ${exitCode ?? "a signal"}`;
      throw new EnvironmentError("unavailable", `"environment.command.${step}" failed for ${name}: ${said}`);
    };
  };
  const [create, reset, destroyed] = [hook("create"), hook("reset"), hook("destroy")];
  /** What a failed create had begun is taken down again. */
  const created = async (name: string, root: string): Promise<void> => {
    try {
      await create?.(name, root);
    } catch (error) {
      await destroyed?.(name, root).catch((second: unknown) => {
        throw new EnvironmentError("unavailable", `${textOf(error)}; ${textOf(second)}`, error);
      });
      throw error;
    }
  };
  return {
    name: "command",
    note: `as ${config.exec[0]} isolates; the self-test found its promises kept`,
    isolates: true,
    command: async (place, inside) => ({ argv: argvOf(place, inside), cwd: "/", env: hostVariables }),
    plan: async (place, inside) => `${quote(argvOf(place, inside))}\n`,
    ...(create ? { created } : {}),
    ...(reset ? { reset } : {}),
    ...(destroyed ? { destroyed } : {}),
  };
}

function mountArguments({ readOnly, writable }: CommandConfig, part: Part, empty: string): string[] {
  if (part.type === "link") return [];
  const template = part.type === "folder" && part.writable ? writable : readOnly;
  const host = part.type === "hidden" ? empty : part.host;
  return template.map((word) => fill(word, { host, inside: part.path }));
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
