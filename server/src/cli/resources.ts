import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CliError, exitCodes } from "./failure.ts";

/**
 * Folder of the data that comes with the server: beside the bundle when that runs, else at the repository's
 * root, four levels above this file.
 */
export function resourceFolder(name: "hooks" | "policy"): string {
  for (const candidate of [`./${name}/`, `../../../${name}/`]) {
    const folder = fileURLToPath(new URL(candidate, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  throw new CliError(
    exitCodes.failure,
    `the ${name} folder that comes with portwright is missing: install it again`,
  );
}
