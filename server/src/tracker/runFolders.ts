import { readFields, type Spool } from "../evidence/spool.ts";
import type { Run } from "../protocol/index.ts";
import { runNameAt } from "./records.ts";

/** What the start of a run left in the evidence tree. */
export interface RunStart {
  /** Directory_logs of the builder, absolute. */
  logs: string;
  /** Time of the mark that the start left: what is not newer is of an earlier run. */
  mark: number;
}

/** Starts that are kept in memory; each is read once. */
const mostStarts = 500;

/** The starts of one spool's runs. */
export class RunStarts {
  readonly #spool: Spool;
  readonly #known = new Map<string, RunStart>();

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** null when the run's start left no trace, so that its logs cannot be told from older ones. */
  async of(name: string): Promise<RunStart | null> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const { files, root } = this.#spool;
    const path = `${root}/runs/${name}/start.txt`;
    const fields = await readFields(files, path);
    const status = await files.stat(path);
    const logs = fields?.dir_logs ?? "";
    if (status === null || !logs.startsWith("/") || logs.includes("\0")) return null;
    if (this.#known.size >= mostStarts) this.#known.clear();
    const start = { logs, mark: status.modifiedAt };
    this.#known.set(name, start);
    return start;
  }

  /**
   * Whether Directory_logs still holds this run's files: it is the run that its profile's hooks write to, and none of
   * the `recent` runs that shares the folder was started after it.
   */
  async ownsLogs(name: string, { logs, mark }: RunStart, recent: readonly Run[]): Promise<boolean> {
    if (!(await this.#isCurrent(name))) return false;
    for (const { id } of recent) {
      const other = runNameAt(this.#spool.builder, id);
      const start = other === null || other === name ? null : await this.of(other);
      if (start !== null && start.logs === logs && start.mark > mark) return false;
    }
    return true;
  }

  /** `runs/current.PROFILE` holds `RUN PID EPOCH`. */
  async #isCurrent(name: string): Promise<boolean> {
    const { files, root } = this.#spool;
    for (const file of await files.names(`${root}/runs`)) {
      if (!file.startsWith("current.")) continue;
      const content = await files.read(`${root}/runs/${file}`, 0, 1024);
      if (content?.toString("utf8").split(" ", 1)[0] === name) return true;
    }
    return false;
  }
}
