import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Environment } from "../../environments/types.ts";

const chunkBytes = 256 * 1024;
const pollMs = 300;

/** Calls `onPhase` for each phase banner of a log that a builder is writing; the first may not be there yet. */
export function followPhases(
  environment: Environment,
  path: string,
  onPhase: (phase: string) => void,
): Disposable {
  let offset = 0;
  let rest = "";
  let reading = false;
  const look = async () => {
    let handle: FileHandle | undefined;
    try {
      // Without waiting on a FIFO that a build may have put there.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      handle = await open(await environment.hostPath(path), flags);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, offset);
      offset += bytesRead;
      const lines = (rest + buffer.toString("latin1", 0, bytesRead)).split("\n");
      rest = (lines.pop() ?? "").slice(-1000);
      for (const line of lines) if (line.startsWith("-- Phase: ")) onPhase(line.slice(10).trim());
    } catch {
      // Not there yet, or gone with its environment: progress is only for show, the result comes from the lists.
    } finally {
      await handle?.close();
    }
  };
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    void look().finally(() => {
      reading = false;
    });
  }, pollMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
