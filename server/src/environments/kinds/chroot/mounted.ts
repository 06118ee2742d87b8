import { rmdir } from "node:fs/promises";
import { execa } from "execa";
import { EnvironmentError, errorCode } from "../../errors.ts";
import { type Platform, type PlatformName, platforms } from "./platforms.ts";

/** The commands of this machine; null where there is no chroot kind. */
export function thisPlatform(): Platform | null {
  const name = Object.keys(platforms).find((each): each is PlatformName => each === process.platform);
  return name ? platforms[name] : null;
}

/**
 * Unmounts all that is mounted on a folder or below and removes it. The mount table decides, whatever was planned:
 * a folder on which something stays mounted is never gone into.
 */
export async function unmountFolder(folder: string, platform: Platform): Promise<void> {
  if (platform.end) await run(platform.end(folder));
  // Something mounted twice is listed twice.
  for (const target of (await mountedBelow(folder, platform)).reverse()) {
    const { failed, stderr } = await run(platform.unmount(target));
    if (failed)
      throw new EnvironmentError("system", `${target} cannot be unmounted: ${stderr.trim().slice(0, 500)}`);
  }
  await rmdir(folder).catch((error: unknown) => {
    if (errorCode(error) !== "ENOENT")
      throw new EnvironmentError("system", `${folder} cannot be removed: ${errorCode(error)}`, error);
  });
}

/** In the order in which they were mounted. */
async function mountedBelow(folder: string, { mounts }: Platform): Promise<string[]> {
  const { failed, stdout, stderr } = await run(mounts);
  if (failed)
    throw new EnvironmentError("system", `the mounts cannot be listed: ${stderr.trim().slice(0, 500)}`);
  return stdout
    .split("\n")
    .map((line) => unescapeOctal(line.split(/\s+/)[1] ?? ""))
    .filter((path) => path === folder || path.startsWith(`${folder}/`));
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

function run([program = "", ...args]: readonly string[]) {
  return execa(program, args, { stdin: "ignore", reject: false, timeout: 60_000, maxBuffer: 4 * 1024 ** 2 });
}
