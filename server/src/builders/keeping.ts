import { fileChunks } from "../environments/chunks.ts";
import { type BannerLog, createBannerLog } from "./bannerLog.ts";
import { followLog } from "./follow.ts";
import { copyLog } from "./ownLog.ts";
import type { BuilderLog, BuildOrder, BuildOutcome, BuildStream } from "./types.ts";

/** How the log of one build comes to be kept. */
interface LogKeeping {
  /** What the builder is given to tell. */
  stream: BuildStream;
  /** Completes the log; its size in bytes. */
  finish(outcome: BuildOutcome, order: Pick<BuildOrder, "origin" | "timeoutMs">): Promise<number>;
  /** Also without `finish`, when the builder broke down. */
  close(): Promise<void>;
}

/** A log that is written from what the builder tells. */
export async function toldLog(path: string, told: BuildStream): Promise<LogKeeping> {
  const log = await createBannerLog(path);
  let isClosed = false;
  return {
    stream: {
      phase(name) {
        told.phase(name);
        log.phase(name);
      },
      output(bytes) {
        log.output(bytes);
        told.output(bytes);
      },
    },
    async finish(outcome, { origin, timeoutMs }) {
      writeEnd(log, outcome, origin, timeoutMs);
      isClosed = true;
      return log.close();
    },
    async close() {
      if (!isClosed) await log.close();
    },
  };
}

/** The log that a builder writes by itself, read along as it grows and copied at the end. */
export function ownLog(log: BuilderLog, order: BuildOrder, path: string, told: BuildStream): LogKeeping {
  const following = followLog(log, order, told);
  return {
    stream: told,
    async finish(outcome, { origin, timeoutMs }) {
      await following.end();
      const from = outcome.reason === undefined ? await log.locate(order) : null;
      if (from !== null && (await order.environment.files.stat(from))?.type === "file")
        return copyLog(fileChunks(order.environment.files, from), path, log);
      const written = await createBannerLog(path);
      writeEnd(written, outcome, origin, timeoutMs);
      return written.close();
    },
    close: () => following.end(),
  };
}

function writeEnd(log: BannerLog, outcome: BuildOutcome, origin: string, timeoutMs: number): void {
  if (outcome.reason !== undefined) {
    log.phase(outcome.failedPhase ?? "check-sanity");
    log.output(Buffer.from(`===>  ${origin} ${outcome.reason}\n`));
  }
  if (outcome.timedOut) log.watchdog(origin, Math.round(timeoutMs / 60_000));
  log.end(outcome.passed);
}
