import { rm } from "node:fs/promises";
import { execa } from "execa";
import { EnvironmentError, errorCode } from "./errors.ts";

/**
 * Removes a tree even where a build left folders without write permission, or so deep that no path can name
 * them; links are never followed.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    return;
  } catch (error) {
    if (!["EACCES", "EPERM", "ENOTEMPTY", "ENAMETOOLONG"].includes(errorCode(error)))
      throw new EnvironmentError("system", `${folder} cannot be removed: ${errorCode(error)}`, error);
  }
  try {
    await execa("chmod", ["-R", "u+rwX", "--", folder], { stdin: "ignore" });
    // rm(1) goes down folder by folder, where Node names each file by its whole path.
    await execa("rm", ["-rf", "--", folder], { stdin: "ignore" });
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 500) : String(error);
    throw new EnvironmentError("system", `${folder} cannot be removed: ${said}`, error);
  }
}
