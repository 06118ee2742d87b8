/** Evidence that cannot be read at all; damaged evidence is a `problems` entry instead. */
export class EvidenceError extends Error {
  /** For the person who asked: what is wrong and the remedy. */
  readonly userMessage: string;

  constructor(userMessage: string, cause?: unknown) {
    super(userMessage, cause === undefined ? undefined : { cause });
    this.name = "EvidenceError";
    this.userMessage = userMessage;
  }
}

/** One line on an error of any type. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
