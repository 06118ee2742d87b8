import { realpath } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import { EnvironmentError } from "./errors.ts";
import type { Program } from "./types.ts";

/** The folder as the kernel names it. Throws EnvironmentError `tree` where it is not there. */
export async function configuredFolder(name: string, path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new EnvironmentError(
      "tree",
      `${name}: ${path} cannot be opened; correct "trees" in the configuration`,
      error,
    );
  }
}

export function composerPrograms({ composer }: Pick<ServerConfig, "composer">): Program[] {
  const [command] = composer?.command ?? [];
  return command === undefined ? [] : [{ name: "composer", command, setting: "composer.command" }];
}

/** A builder that is named by a path outside /usr must be seen inside. */
export async function builderFolders(commands: readonly (string | undefined)[]): Promise<string[]> {
  const folders = new Set<string>();
  for (const path of commands) {
    if (!path || !isAbsolute(path) || path.startsWith("/usr/") || path.startsWith("/bin/")) continue;
    folders.add(await configuredFolder("builder", dirname(path)));
  }
  return [...folders];
}
