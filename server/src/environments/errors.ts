import { checkText } from "../protocol/attention.ts";
import type { Check } from "../protocol/index.ts";

export type EnvironmentErrorReason =
  /** A configured tree is absent or no git checkout. */
  | "tree"
  /** A source tree has local changes, or moved on since the environment was made. */
  | "dirty"
  /** The isolation asked for does not work on this machine. */
  | "unavailable"
  | "exists"
  /** DeltaPorts has edits there that would be lost. */
  | "edited"
  /** A source tree went on from another commit than the environment has. */
  | "diverged"
  /** Something runs there, or it is being made anew. */
  | "busy"
  | "not-found"
  /** A path or link that leaves the namespace, or a kind of file that is never opened. */
  | "path"
  /** A file that is absent, too large or not of the kind asked for. */
  | "file"
  | "diff"
  | "compose"
  | "cancelled"
  /** git, the file system or another tool of the host failed. */
  | "system";

/** Every refusal of an environment; the message is meant for a person and names the remedy where there is one. */
export class EnvironmentError extends Error {
  readonly reason: EnvironmentErrorReason;
  constructor(reason: EnvironmentErrorReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EnvironmentError";
    this.reason = reason;
  }
}

export const noSuchEnvironment = (name: string): EnvironmentError =>
  new EnvironmentError(
    "not-found",
    `there is no environment named ${name}; \`portwright env list\` shows those there are`,
  );

/** No build can be begun in any environment of this host; what is amiss, and what to do about it, is its message. */
export class Unhealthy extends EnvironmentError {
  readonly checks: readonly Check[];
  constructor(checks: readonly Check[]) {
    const found = checks.map(checkText).join("; ");
    super("unavailable", `nothing can be built here: ${found}. \`portwright env doctor\` says more.`);
    this.name = "Unhealthy";
    this.checks = checks;
  }
}

/** The `code` of a system error, or "" when it is something else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
