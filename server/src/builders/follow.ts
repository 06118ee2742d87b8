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

  /** Returns whether there is more. */
  const read = async (path: string): Promise<boolean> => {
    const { data, bytes, inode } = await order.environment.files.readRange(path, file.offset, chunkBytes);
    // A builder that fetches first and then builds starts its log twice.
    if (path !== file.path || inode !== file.inode || bytes < file.offset) {
      const isStart = file.offset === 0;
      file = { path, inode, offset: 0 };
      if (!isStart) return true;
    }
    file.offset += data.length;
    const lines = (rest + data.toString("latin1")).split("\n");
    rest = (lines.pop() ?? "").slice(-lineBytes);
    if (data.length > 0) output(data);
    const begun = () => lines.flatMap((line) => phaseOf(line) ?? []);
    for (const begins of log.watch?.(begun) ?? begun()) phase(begins);
    return data.length === chunkBytes;
  };

  const look = async () => {
    try {
      const path = await log.locate(order);
      if (path === null) return;
      for (let chunk = 0; chunk < chunksAtOnce && (await read(path)); ) chunk++;
    } catch {
      // Not there yet, or gone with its environment: progress is only for show, the result comes from elsewhere.
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
