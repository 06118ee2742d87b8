import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { z } from "zod";
import { PortwrightError } from "../protocol/index.ts";
import { ServerConfig } from "./config.ts";
import { problemsOf } from "./problems.ts";
import type { SshConfig } from "./ssh.ts";

type Tool = NonNullable<ServerConfig["environment"]["command"]>;

/** The file that configures a state when none is named. */
export function configFileOf(stateDir: string): string {
  return join(stateDir, "portwright.json");
}

async function readConfigFile(path: string, mustExist: boolean): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (isAbsent && !mustExist) return {};
    const why = isAbsent
      ? "does not exist"
      : `cannot be read: ${cause instanceof Error ? cause.message : cause}`;
    throw new PortwrightError("badParams", `the configuration ${path} ${why}`, cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PortwrightError(
      "badParams",
      `${path} is not JSON (${why}): mend it, or move it away for the defaults`,
      cause,
    );
  }
}

/** A command is looked up on PATH, so only what is written as a path is one; where it begins is not known of `{root}/x`. */
const commandPath = (folder: string, command: string): string =>
  command.includes("/") && !command.startsWith("{") ? resolve(folder, command) : command;

/** The arguments are the program's own. */
const withCommandPath = (folder: string, [command = "", ...words]: readonly string[]): string[] => [
  commandPath(folder, command),
  ...words,
];

function withToolPaths(tool: Tool, folder: string): Tool {
  const { exec, create, reset, destroy } = tool;
  const own = (words: string[] | undefined) => words && withCommandPath(folder, words);
  return {
    ...tool,
    exec: withCommandPath(folder, exec),
    ...{ create: own(create), reset: own(reset), destroy: own(destroy) },
  };
}

function withAbsolutePaths(config: ServerConfig, folder: string): ServerConfig {
  const absolute = (path: string | undefined): string | undefined => path && resolve(folder, path);
  const withFiles = <S extends z.output<typeof SshConfig>>(ssh: S): S => ({
    ...ssh,
    ...{ identityFile: absolute(ssh.identityFile), knownHosts: absolute(ssh.knownHosts) },
  });
  const { trees, environment, composer, builder, delivery } = config;
  return {
    ...config,
    evidence: resolve(folder, config.evidence),
    builders: config.builders.map(({ ssh, ...rest }) => ({
      ...rest,
      ssh: withFiles(ssh),
    })),
    trees: trees && {
      freebsdPorts: resolve(folder, trees.freebsdPorts),
      deltaPorts: resolve(folder, trees.deltaPorts),
      distfiles: resolve(folder, trees.distfiles),
      packages: absolute(trees.packages),
    },
    environment: {
      ...environment,
      root: absolute(environment.root),
      command: environment.command && withToolPaths(environment.command, folder),
      ssh: environment.ssh && withFiles(environment.ssh),
    },
    composer: composer && { ...composer, command: withCommandPath(folder, composer.command) },
    builder: {
      ...builder,
      make: builder.make && commandPath(folder, builder.make),
      dsynth: commandPath(folder, builder.dsynth),
    },
    plugins: config.plugins.map((file) => resolve(folder, file)),
    delivery: { ...delivery, repository: absolute(delivery.repository) },
    policy: absolute(config.policy),
  };
}

/**
 * Reads `file`, or the state's own `portwright.json` where an absent one means the defaults. Paths in it
 * start at its folder. Throws PortwrightError badParams naming the file, the field and the remedy.
 */
export async function loadConfig(stateDir: string, file?: string): Promise<ServerConfig> {
  const path = resolve(file ?? configFileOf(stateDir));
  const parsed = ServerConfig.safeParse(await readConfigFile(path, file !== undefined));
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, "(whole file)").map((problem) => `  ${problem}`);
    throw new PortwrightError(
      "badParams",
      `${path} has ${problems.length === 1 ? "a problem" : "problems"}; mend it and start again:\n${problems.join("\n")}`,
      parsed.error,
    );
  }
  return withAbsolutePaths(parsed.data, dirname(path));
}
