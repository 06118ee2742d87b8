export type BuilderErrorReason =
  /** The composed port is older than the trees, or was never composed in this environment. */
  | "stale"
  /** Another build runs in the same environment. */
  | "busy"
  /** The port's Makefile cannot be read by make. */
  | "query"
  /** A path of a log that leads to no file of the port. */
  | "source"
  /** The builder itself is missing, misconfigured or broke down; says nothing about the port. */
  | "builder";

/** A build that cannot be started or judged; a port that fails to build is a BuildResult. */
export class BuilderError extends Error {
  readonly reason: BuilderErrorReason;
  constructor(reason: BuilderErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "BuilderError";
    this.reason = reason;
  }
}
