export type ModelErrorReason =
  | "auth"
  | "quota"
  | "not-found"
  | "rate-limited"
  | "overflow"
  | "bad-request"
  | "no-editor"
  | "unavailable"
  | "cut"
  | "timeout"
  | "refused"
  | "finish";

/** A model call that failed for good; no key and no header of a request is ever part of it. */
export class ModelError extends Error {
  readonly reason: ModelErrorReason;
  /** For the porter: what the endpoint said and what to do about it. */
  readonly userMessage: string;
  constructor(reason: ModelErrorReason, userMessage: string, cause?: unknown) {
    super(userMessage, cause === undefined ? undefined : { cause });
    this.name = "ModelError";
    this.reason = reason;
    this.userMessage = userMessage;
  }
}
