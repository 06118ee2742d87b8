import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { EnvironmentError, errorCode } from "./errors.ts";

/** Pauses between the tries, in milliseconds: a killed server's children may write here for a moment yet. */
const pausesMs = [0, 100, 300, 1_000, 3_000];

/**
 * Removes a tree even where a build left folders without write permission, or so deep that no path can name
 * them, and where others add to it or take from it meanwhile; links are never followed.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
    return;
  } catch (error) {
    if (!["EACCES", "EPERM", "ENOTEMPTY", "ENAMETOOLONG"].includes(errorCode(error)))
      throw new EnvironmentError("system", `${folder} cannot be removed: ${errorCode(error)}`, error);
  }
  let failure: unknown;
  for (const pauseMs of pausesMs) {
    await sleep(pauseMs);
    try {
      // Fails where a file goes away under it; only what rm cannot do then is a failure.
      await execa("chmod", ["-R", "u+rwX", "--", folder], { stdin: "ignore", reject: false });
      // rm(1) goes down folder by folder, where Node names each file by its whole path.
      await execa("rm", ["-rf", "--", folder], { stdin: "ignore" });
      return;
    } catch (error) {
      failure = error;
    }
  }
  const said = failure instanceof Error ? failure.message.slice(0, 500) : String(failure);
  throw new EnvironmentError("system", `${folder} cannot be removed: ${said}`, failure);
}
