/** JSON-RPC error codes of the server's own answers (the range that JSON-RPC leaves to applications). */
export const errorCodes = {
  notFound: -32001,
  badState: -32002,
  queueFull: -32003,
  policy: -32004,
  environment: -32005,
  version: -32006,
  internal: -32603,
  badParams: -32602,
} as const;
export type ErrorName = keyof typeof errorCodes;

/** A refusal whose message is meant for the person who asked: it names what is wrong and the remedy. */
export class PortwrightError extends Error {
  readonly kind: ErrorName;
  constructor(kind: ErrorName, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PortwrightError";
    this.kind = kind;
  }
}
