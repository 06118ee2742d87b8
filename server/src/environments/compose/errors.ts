/** A fault that keeps the composer from its work; an overlay that does not fit is a report, not a fault. */
export class ComposeError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ComposeError";
  }
}
