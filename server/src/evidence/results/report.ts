import { listNames, parseListLine } from "./dsynthLists.ts";
import { historyName, parseHistory } from "./dsynthReport.ts";
import type { FileSource } from "./files.ts";
import { portKey, type ReportedResult } from "./types.ts";

/** Bytes of one list, and files and bytes of histories, that are read at most. */
const largestList = 32 << 20;
const mostHistories = 2000;
const largestHistory = 1 << 20;
const window = 1 << 20;
const mostResults = 200_000;

/** Folders that hold one run's lists and histories. */
export interface ReportFolders {
  lists: string;
  report: string;
}

interface Seen {
  bytes: number;
  modifiedAt: number;
  /** It was read whole, and another file has come after it. */
  settled: boolean;
}

/**
 * What a builder's own files say of one run, kept up to date by reading what was added. Lists and histories tell the
 * same results: the lists first and in more exact words, the histories with the time that each took.
 */
export class RunReport {
  readonly results = new Map<string, ReportedResult>();
  /** When the newest file was changed, in milliseconds; 0 before any was read. */
  changedAt = 0;
  readonly #files: FileSource;
  readonly #offsets = new Map<string, number>();
  readonly #histories = new Map<string, Seen>();

  constructor(files: FileSource) {
    this.#files = files;
  }

  /** Reads what is new in the folders. Files last changed no later than `after` (milliseconds) are an earlier run's. */
  async refresh({ lists, report }: ReportFolders, after: number): Promise<void> {
    for (const name of listNames) await this.#readList(`${lists}/${name}`, after);
    const names = (await this.#files.names(report)).filter((name) => historyName.test(name));
    for (const [index, name] of names.slice(0, mostHistories).entries()) {
      const path = `${report}/${name}`;
      // Only the last of them still grows.
      const done = index < names.length - 1 && this.#histories.get(path)?.settled;
      if (!done) await this.#readHistory(path, after, index < names.length - 1);
    }
  }

  /** A list only grows; one that is shorter than it was has been started anew. */
  async #readList(path: string, after: number): Promise<void> {
    const status = await this.#statusOf(path, after);
    if (status === null) return;
    let offset = this.#offsets.get(path) ?? 0;
    if (status.bytes < offset) offset = 0;
    const end = Math.min(status.bytes, largestList);
    while (offset < end) {
      const piece = await this.#files.read(path, offset, Math.min(window, end - offset));
      const whole = piece === null ? 0 : piece.lastIndexOf(10) + 1;
      if (piece === null || whole === 0) break;
      for (const line of piece.toString("utf8", 0, whole).split("\n")) {
        const result = parseListLine(line);
        if (result !== null) this.#add(result, true);
      }
      offset += whole;
    }
    this.#offsets.set(path, offset);
  }

  async #readHistory(path: string, after: number, full: boolean): Promise<void> {
    const status = await this.#statusOf(path, after);
    if (status === null) return;
    const seen = this.#histories.get(path);
    if (seen?.bytes === status.bytes && seen.modifiedAt === status.modifiedAt) {
      seen.settled = full;
      return;
    }
    const content = await this.#files.read(path, 0, largestHistory);
    if (content === null) return;
    const { results, whole } = parseHistory(content.toString("utf8"));
    for (const result of results) this.#add(result, false);
    // Caught half written, it is looked at again.
    if (whole) this.#histories.set(path, { ...status, settled: full });
  }

  async #statusOf(path: string, after: number): Promise<Omit<Seen, "settled"> | null> {
    const status = await this.#files.stat(path);
    if (status === null || status.modifiedAt <= after) return null;
    this.changedAt = Math.max(this.changedAt, status.modifiedAt);
    return status;
  }

  #add(result: ReportedResult, listed: boolean): void {
    const key = portKey(result.origin, result.flavor);
    const before = this.results.get(key);
    if (before === undefined && this.results.size >= mostResults) return;
    if (before === undefined || before.kind !== result.kind) {
      // A list's word on the kind outranks a history that was read before or after it.
      if (before === undefined || listed) this.results.set(key, result);
      return;
    }
    this.results.set(key, {
      ...result,
      phase: before.phase || result.phase,
      reason: (listed ? result.reason : before.reason) || before.reason || result.reason,
      seconds: result.seconds ?? before.seconds,
      elapsed: result.elapsed ?? before.elapsed,
    });
  }
}
