import type { z } from "zod";
import { EnvironmentError, type EnvironmentErrorReason, Unhealthy } from "../errors.ts";
import type { Answered } from "./calls.ts";

type Failure = Extract<z.output<typeof Answered>, { error: unknown }>["error"];

const reasons: readonly EnvironmentErrorReason[] = [
  ...(["tree", "dirty", "unavailable", "exists", "edited", "busy", "not-found", "path"] as const),
  ...(["file", "diff", "compose", "cancelled", "system"] as const),
];

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Unhealthy) return { reason: error.reason, message, checks: [...error.checks] };
  return { reason: error instanceof EnvironmentError ? error.reason : "system", message };
}

export function errorOf({ reason, message, checks }: Failure): EnvironmentError {
  if (checks !== undefined) return new Unhealthy(checks);
  return new EnvironmentError(reasons.find((known) => known === reason) ?? "system", message);
}
