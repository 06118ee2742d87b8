import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const rule = "-".repeat(79);
const cutNotice = "\n[... the log reached its limit; the rest is not kept ...]\n";

/** Writes a build log in dsynth's shape: a banner a phase, its output, a trailer with the time it took. */
export class BuildLog {
  readonly #handle: FileHandle;
  readonly #limit: number;
  #pending: Promise<void> = Promise.resolve();
  #bytes = 0;
  #full = false;
  #error: unknown = null;

  private constructor(handle: FileHandle, limit: number) {
    this.#handle = handle;
    this.#limit = limit;
  }

  /** `limit` bounds the output that is kept; banners and trailers are always written. */
  static async create(path: string, limit: number): Promise<BuildLog> {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    return new BuildLog(await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644), limit);
  }

  get bytes(): number {
    return this.#bytes;
  }

  begin(phase: string): void {
    this.#write(Buffer.from(`${rule}\n-- Phase: ${phase}\n${rule}\n\n`));
  }

  output(chunk: Uint8Array): void {
    if (this.#full) return;
    const room = this.#limit - this.#bytes;
    this.#full = chunk.length > room;
    this.#write(chunk.subarray(0, Math.max(0, room)));
    if (this.#full) this.#write(Buffer.from(cutNotice));
  }

  end(outcome: "SUCCEEDED" | "FAILED", durationMs: number): void {
    this.#write(Buffer.from(`${outcome} ${clock(durationMs)}\n`));
  }

  watchdog(origin: string, phase: string, minutes: number): void {
    const text = `WATCHDOG TIMEOUT FOR ${origin} in ${phase} after ${minutes} minutes`;
    this.#write(Buffer.from(`--------\n${text}\n--------\n`));
  }

  total(durationMs: number): void {
    this.#write(Buffer.from(`TOTAL TIME ${clock(durationMs)}\n\n`));
  }

  blank(): void {
    this.#write(Buffer.from("\n"));
  }

  async close(): Promise<void> {
    await this.#pending;
    await this.#handle.close();
    if (this.#error !== null) throw this.#error;
  }

  #write(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#pending = this.#pending
      .then(async () => {
        if (this.#error === null) await this.#handle.appendFile(bytes);
      })
      .catch((error: unknown) => {
        this.#error = error;
      });
  }
}

/** HH:MM:SS. */
function clock(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
