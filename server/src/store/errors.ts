/** The job's lease went to another holder, or ended: whatever this holder still wanted to write is refused. */
export class StaleLeaseError extends Error {
  readonly jobId: string;
  readonly fence: number;
  constructor(jobId: string, fence: number) {
    super(`Job ${jobId} is no longer leased with fencing number ${fence}`);
    this.name = "StaleLeaseError";
    this.jobId = jobId;
    this.fence = fence;
  }
}

/** The operating system's or SQLite's code of an error, e.g. `ENOSPC` or `SQLITE_FULL`; "" when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
