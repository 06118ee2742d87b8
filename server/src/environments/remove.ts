import { rm } from "node:fs/promises";
import { execa } from "execa";
import { EnvironmentError, errorCode } from "./errors.ts";

/** Removes a tree even where a build left folders without write permission; links are never followed. */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    return;
  } catch (error) {
    if (!["EACCES", "EPERM", "ENOTEMPTY"].includes(errorCode(error)))
      throw new EnvironmentError("system", `${folder} cannot be removed: ${errorCode(error)}`, error);
  }
  try {
    await execa("chmod", ["-R", "u+rwX", "--", folder], { stdin: "ignore" });
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw new EnvironmentError("system", `${folder} cannot be removed: ${errorCode(error)}`, error);
  }
}
