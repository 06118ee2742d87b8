import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import { amiss, inOrder } from "../environments/check.ts";
import type { Check } from "../protocol/index.ts";
import { type HookBuilder, hookBuilders, hookFolder, readHookConf, readHookFiles } from "./hookFiles.ts";

/** Less room than this is none: a bundle may take some megabytes. */
const ROOM_BYTES = 8 * 1024 * 1024;

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What keeps hooks from writing to the folder, or to the nearest one above it that exists; null when nothing does. */
export async function troubleOf(folder: string): Promise<string | null> {
  let at = folder;
  while (!(await isThere(at)) && at !== dirname(at)) at = dirname(at);
  try {
    if (!(await stat(at)).isDirectory()) return `cannot be written: ${at} is no folder`;
    await access(at, constants.W_OK);
    const { bavail, bsize } = await statfs(at);
    return bavail * bsize < ROOM_BYTES ? "stands on a disk that is full" : null;
  } catch (error) {
    return `cannot be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Whether failures on this host leave evidence where the server looks for it. */
export async function checkInstalledHooks(
  config: Pick<ServerConfig, "evidence" | "builders">,
): Promise<Check[]> {
  const found = await Promise.all(hookBuilders.map((builder) => checkBuilder(builder, config.evidence)));
  const installed = found.filter((one) => one !== null);
  if (installed.length > 0) return installed;
  const { length } = config.builders;
  return [
    length > 0
      ? inOrder("hooks", "hooks", `none on this host; evidence comes from ${length} others`)
      : amiss("hooks", "hooks", "none are installed on this host", "`portwright hooks install`"),
  ];
}

/** null when no hook of this set is installed for the builder. */
async function checkBuilder(builder: HookBuilder, wanted: string): Promise<Check | null> {
  const folder = await hookFolder(builder);
  const files = await readHookFiles(builder, folder);
  if (files.every(({ state }) => state === "absent" || state === "foreign")) return null;
  const name = `hooks of ${builder}`;
  const wrong = files.filter(
    ({ state, mustBeExecutable, isExecutable }) => state !== "current" || (mustBeExecutable && !isExecutable),
  );
  const wrongly = (message: string, action: string) => amiss("hooks", name, message, action);
  if (wrong.length > 0) {
    const install = `\`portwright hooks install --builder ${builder}\``;
    return wrongly(`${wrong.map((file) => file.name).join(", ")} in ${folder} are not ours of now`, install);
  }
  const { evidence } = await readHookConf(folder);
  if (evidence !== wanted)
    return wrongly(
      `they write to ${evidence} and the server reads ${wanted}`,
      'set "evidence" in portwright.json',
    );
  const trouble = await troubleOf(evidence);
  return trouble === null
    ? inOrder("hooks", name, `in ${folder}, writing to ${evidence}`)
    : wrongly(`${evidence} ${trouble}`, "make it a folder that the builder's user can write, with room");
}
