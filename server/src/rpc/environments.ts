import { environmentName } from "../agent/stages/environment.ts";
import { openAttempts } from "../agent/stages/interrupted.ts";
import { BuilderError } from "../builders/errors.ts";
import { EnvironmentError, type EnvironmentErrorReason } from "../environments/errors.ts";
import { isOfJob } from "../environments/jobNames.ts";
import type { EnvironmentManager } from "../environments/types.ts";
import { type ErrorName, PortwrightError } from "../protocol/index.ts";
import type { Services } from "./services.ts";

/** Throws PortwrightError environment where nothing can be built. */
export function requireEnvironments({ environments }: Services): EnvironmentManager {
  if (environments) return environments;
  throw new PortwrightError(
    "environment",
    "no trees are configured: `portwright init` writes them to portwright.json, then restart the server",
  );
}

const kinds: Partial<Record<EnvironmentErrorReason, ErrorName>> = {
  "not-found": "notFound",
  exists: "badState",
  busy: "badState",
  edited: "badState",
  diverged: "badState",
  path: "badParams",
};

/** Failures there speak to an operator (trees, isolation, disk, builder), so their words are passed on. */
export async function withEnvironments<T>(
  { services, signal }: { services: Services; signal: AbortSignal },
  act: (environments: EnvironmentManager) => Promise<T>,
): Promise<T> {
  const environments = requireEnvironments(services);
  try {
    return await act(environments);
  } catch (error) {
    // What ended because its client no longer wants it is told as cancelled.
    signal.throwIfAborted();
    if (error instanceof BuilderError) throw new PortwrightError("environment", error.message, error);
    if (!(error instanceof EnvironmentError)) throw error;
    throw new PortwrightError(kinds[error.reason] ?? "environment", error.message, error);
  }
}

/**
 * Keeps people out of what a running job made for itself, and of what an attempt that waits will go on in; what a dead server left
 * of another job is anyone's to remove.
 */
export function refuseOfJob({ store }: Services, name: string): void {
  if (!isOfJob(name)) return;
  const { items } = store.jobs({ states: ["leased"] }, { limit: 100 });
  const isOver = items.every(({ kind }) => kind === "triage");
  if (isOver && !openAttempts(store).some((attempt) => environmentName(attempt) === name)) return;
  throw new PortwrightError(
    "badState",
    `environment ${name} belongs to a job and is removed at that job's end; \`portwright case stop CASE\` ends it before`,
  );
}
