import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Environment } from "../../environments/types.ts";

const chunkBytes = 256 * 1024;
const pollMs = 300;

interface LogFollower {
  /** For each phase banner. */
  onPhase: (phase: string) => void;
  onOutput: ((chunk: Uint8Array) => void) | undefined;
}

/** Reads along in a log that a builder is writing; it may not be there yet. `end` reads what was written last. */
export function followLog(
  environment: Environment,
  path: string,
  { onPhase, onOutput }: LogFollower,
): { end(): Promise<void> } {
  let offset = 0;
  let rest = "";
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
      onOutput?.(buffer.subarray(0, bytesRead));
      for (const line of lines) if (line.startsWith("-- Phase: ")) onPhase(line.slice(10).trim());
    } catch {
      // Not there yet, or gone with its environment: progress is only for show, the result comes from the lists.
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
  return {
    async end() {
      clearInterval(timer);
      await looking;
      await look();
    },
  };
}
