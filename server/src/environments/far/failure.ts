import type { z } from "zod";
import { RemoteError } from "../../evidence/remote/error.ts";
import type { Check, EnvironmentKind } from "../../protocol/index.ts";
import { amiss } from "../check.ts";
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

/** Whoever lends what keeps nothing apart is not believed to be this program, which refuses to. */
export const unisolated = (address: string, kind: EnvironmentKind): Check =>
  amiss(
    ...([
      "kind-available",
      "ssh",
      `environments of ${address} are of kind ${kind}, which keeps nothing apart`,
    ] as const),
    'set "environment.kind" in portwright.json of that host to an isolating one',
  );

export function unreachable(error: unknown): Check {
  const said = error instanceof Error ? error.message : String(error);
  const action =
    error instanceof RemoteError
      ? 'correct "environment.ssh" in portwright.json, or see to that host and the way there'
      : "see to Portwright on that host: its version, and portwright.json in its state folder";
  return amiss("kind-available", "ssh", said.replace(/\.$/, ""), action);
}
