import { lstatSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as otherWork } from "node:timers/promises";
import { errorCode } from "./errors.ts";
import type { BlobStore } from "./types.ts";

type Sweep = Parameters<BlobStore["sweep"]>;

/**
 * Removes the files that nobody holds, in the layout of `openBlobs`. Between asking and removing nothing else of this process
 * runs: content that is stored anew meanwhile is either spared or not there any more, and written again.
 */
export async function sweepBlobs(
  folder: string,
  isHeld: Sweep[0],
  { before, beforeFolder, dryRun, signal, onProgress }: Sweep[1],
): Promise<{ contents: number; contentBytes: number }> {
  const swept = { contents: 0, contentBytes: 0 };
  const folders = listed(folder).filter((name) => /^[0-9a-f]{2}$/.test(name));
  for (const [index, start] of folders.entries()) {
    signal.throwIfAborted();
    beforeFolder();
    for (const name of listed(join(folder, start))) {
      const sha256 = start + name.replace(/\.gz$/, "");
      if (!/^[0-9a-f]{64}$/.test(sha256) || isHeld(sha256)) continue;
      const path = join(folder, start, name);
      const { mtimeMs, size } = lstatSync(path);
      if (mtimeMs >= before) continue;
      swept.contents += 1;
      swept.contentBytes += size;
      if (!dryRun) unlinkSync(path);
    }
    onProgress(`contents: ${index + 1} of ${folders.length} folders`);
    await otherWork();
  }
  return swept;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
