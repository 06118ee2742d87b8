import { EnvironmentError, Unhealthy } from "../../environments/errors.ts";
import type { Environment } from "../../environments/types.ts";
import type { JobContext } from "../../jobs/types.ts";
import type { Attempt, Turn } from "../../protocol/index.ts";
import { NotResumable } from "../replay/notResumable.ts";
import type { Resume } from "../types.ts";
import type { PatchStageOptions } from "./types.ts";

type Managed = Pick<PatchStageOptions, "manager">;

/** What is there of an attempt when a server begins to carry it. */
export interface Begin {
  attempt: Attempt;
  /** Complete ones; none for a fresh attempt. */
  turns: readonly Turn[];
}

export const environmentName = ({ id }: Pick<Attempt, "id">): string =>
  `attempt-${id.toLowerCase()}`.slice(0, 40);

/** The one that an attempt with turns was left in, else a fresh one. Throws NotResumable when that one is gone. */
export async function environmentFor(
  { manager }: Managed,
  { signal }: Pick<JobContext, "signal">,
  { attempt, turns }: Begin,
  target: string,
): Promise<Environment> {
  const name = environmentName(attempt);
  if (turns.length === 0) {
    await dropEnvironment({ manager }, attempt);
    return manager.create({ name, target, signal });
  }
  return manager.open(name).catch((error: unknown) => {
    if (error instanceof EnvironmentError && !(error instanceof Unhealthy))
      throw new NotResumable(error.message, error);
    throw error;
  });
}

/** What an attempt needs to go on; `onReset` hears of it before anything of the environment is dropped. */
export function resumeOf(
  { manager, store }: Pick<PatchStageOptions, "manager" | "store">,
  { attempt, turns }: Begin,
  onReset: () => void,
): Resume {
  const name = environmentName(attempt);
  return {
    record: {
      attempt,
      turns,
      read: async (sha256) => (await store.blobs.read(sha256)).data.toString("utf8"),
    },
    isQuiet: attempt.turns === turns.length,
    async reset() {
      onReset();
      await manager.reset(name);
      return manager.open(name);
    },
  };
}

/** That of an attempt, where there is one. */
export async function dropEnvironment({ manager }: Managed, attempt: Attempt): Promise<void> {
  try {
    await manager.destroy(environmentName(attempt));
  } catch (error) {
    if (!(error instanceof EnvironmentError && error.reason === "not-found")) throw error;
  }
}
