import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import type { z } from "zod";
import { type ErrorName, errorCodes, PortwrightError } from "../protocol/index.ts";
import type { Log } from "./log.ts";

/** The code that LSP gives to a request which its own client cancelled. */
const requestCancelled = -32800;

/** `data` of an error answer: the refusal's kind, the same words in every language. */
export interface ErrorData {
  kind: ErrorName | "cancelled" | "unknownMethod";
}

/** Names the first field at fault, e.g. `limit: Too big: expected number to be <=500`. */
export function badParams(error: z.ZodError): PortwrightError {
  const texts = error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "params"}: ${issue.message}`);
  return new PortwrightError("badParams", texts.join("; "), error);
}

export function unknownMethod(method: string): ResponseError<ErrorData> {
  return new ResponseError(ErrorCodes.MethodNotFound, `there is no method ${method.slice(0, 80)}`, {
    kind: "unknownMethod",
  });
}

/**
 * What the client is told. A refusal keeps its message; anything else is a fault of the server, told in
 * full to the log and not at all to the client.
 */
export function toResponseError(
  error: unknown,
  method: string,
  signal: AbortSignal,
  log: Log,
): ResponseError<ErrorData> {
  if (error instanceof ResponseError) return error;
  if (error instanceof PortwrightError) {
    if (error.kind === "internal") log("error", `${method} failed`, error);
    else if (error.cause !== undefined) log("info", `${method} refused`, error);
    return new ResponseError(errorCodes[error.kind], error.message, { kind: error.kind });
  }
  if (signal.aborted)
    return new ResponseError(requestCancelled, `${method} was cancelled`, { kind: "cancelled" });
  log("error", `${method} failed`, error);
  return new ResponseError(errorCodes.internal, `${method} failed inside the server; its log says why`, {
    kind: "internal",
  });
}
