import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { EnvironmentError } from "../environments/errors.ts";
import { readableFileMode } from "../environments/readable.ts";

/** Of one log; also of the copy of a log that a builder wrote. */
export const maxLogBytes = 512 * 1024 * 1024;
const rule = "-".repeat(79);
export const cutNotice = "\n[... the log reached its limit; the rest is not kept ...]\n";

/** A build log in dsynth's shape: a banner a phase, its output, a trailer with the time it took. */
export interface BannerLog {
  /** Ends the phase before it as a success. */
  phase(name: string): void;
  output(bytes: Uint8Array): void;
  /** The running phase was ended after that many minutes. */
  watchdog(origin: string, minutes: number): void;
  /** Ends the last phase; nothing when none began. */
  end(passed: boolean): void;
  /** Bytes of the whole log. Throws what kept it from being written. */
  close(): Promise<number>;
}

/** Empty and for writing; neither a link is followed nor a file written that has another name somewhere. */
export async function openLog(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
  const handle = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
  try {
    const found = await handle.stat();
    if (found.nlink > 1) throw new EnvironmentError("path", `${path} is a hard link`);
    if (found.isFile()) {
      await handle.chmod(readableFileMode);
      await handle.truncate();
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** `limit` bounds the output that is kept; banners and trailers are always written. */
export async function createBannerLog(
  path: string,
  limit = maxLogBytes,
  now: () => number = () => performance.now(),
): Promise<BannerLog> {
  const file = new Appending(await openLog(path));
  const started = now();
  let phase: { name: string; since: number } | null = null;
  let isFull = false;

  const end = (passed: boolean) => {
    if (phase === null) return;
    file.write(`${passed ? "SUCCEEDED" : "FAILED"} ${clock(now() - phase.since)}\n`);
    file.write(phase.name === "package" ? `TOTAL TIME ${clock(now() - started)}\n\n` : "\n");
    phase = null;
  };
  return {
    phase(name) {
      end(true);
      phase = { name, since: now() };
      file.write(bannerOf(name));
    },
    output(bytes) {
      if (isFull) return;
      const room = limit - file.bytes;
      isFull = bytes.length > room;
      file.write(bytes.subarray(0, Math.max(0, room)));
      if (isFull) file.write(cutNotice);
    },
    watchdog(origin, minutes) {
      const text = `WATCHDOG TIMEOUT FOR ${origin} in ${phase?.name ?? "no phase"} after ${minutes} minutes`;
      file.write(`--------\n${text}\n--------\n`);
    },
    end,
    async close() {
      await file.close();
      return file.bytes;
    },
  };
}

export function bannerOf(phase: string): string {
  return `${rule}\n-- Phase: ${phase}\n${rule}\n\n`;
}

/** Writes in the background and in order; an error is told at the end. */
class Appending {
  bytes = 0;
  readonly #handle: FileHandle;
  #pending: Promise<void> = Promise.resolve();
  #error: unknown = null;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  write(piece: string | Uint8Array): void {
    // Written later: a copy, as the caller may use his buffer again.
    const bytes = Buffer.from(piece);
    this.bytes += bytes.length;
    this.#pending = this.#pending
      .then(async () => {
        if (this.#error === null) await this.#handle.appendFile(bytes);
      })
      .catch((error: unknown) => {
        this.#error = error;
      });
  }

  async close(): Promise<void> {
    await this.#pending;
    await this.#handle.close();
    if (this.#error !== null) throw this.#error;
  }
}

/** HH:MM:SS. */
function clock(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
