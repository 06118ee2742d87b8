import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { bannerPhase } from "../protocol/logPhases.ts";
import type { BuilderLog, BuildOrder, BuildStream } from "./types.ts";

const chunkBytes = 256 * 1024;
/** Of one look; a log that grows faster is caught up with at the next. */
const chunksAtOnce = 16;
const pollMs = 300;
const lineBytes = 1000;

/** Reads along in a log that a builder is writing; it may not be there yet. `end` reads what was written last. */
export function followLog(
  log: BuilderLog,
  order: BuildOrder,
  { phase, output }: BuildStream,
): { end(): Promise<void> } {
  const phaseOf = log.phaseOf ?? bannerPhase;
  let file = { path: "", inode: 0, offset: 0 };
  let rest = "";

  const read = async (handle: FileHandle): Promise<boolean> => {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, file.offset);
    file.offset += bytesRead;
    const lines = (rest + buffer.toString("latin1", 0, bytesRead)).split("\n");
    rest = (lines.pop() ?? "").slice(-lineBytes);
    if (bytesRead > 0) output(buffer.subarray(0, bytesRead));
    for (const line of lines) {
      const begins = phaseOf(line);
      if (begins !== undefined) phase(begins);
    }
    return bytesRead === chunkBytes;
  };

  const look = async () => {
    let handle: FileHandle | undefined;
    try {
      const path = await log.locate(order);
      if (path === null) return;
      // Without waiting on a FIFO that a build may have put there.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      handle = await open(await order.environment.hostPath(path), flags);
      const status = await handle.stat();
      if (!status.isFile()) return;
      // A builder that fetches first and then builds starts its log twice.
      if (path !== file.path || status.ino !== file.inode || status.size < file.offset)
        file = { path, inode: status.ino, offset: 0 };
      for (let chunk = 0; chunk < chunksAtOnce && (await read(handle)); ) chunk++;
    } catch {
      // Not there yet, or gone with its environment: progress is only for show, the result comes from elsewhere.
    } finally {
      await handle?.close();
    }
  };

  let looking: Promise<void> | null = null;
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = null;
    });
  }, pollMs);
  let ended: Promise<void> | null = null;
  return {
    end() {
      clearInterval(timer);
      ended ??= (looking ?? Promise.resolve()).then(look);
      return ended;
    },
  };
}
