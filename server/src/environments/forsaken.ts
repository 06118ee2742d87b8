import type { Check } from "../protocol/index.ts";
import { check } from "./check.ts";
import { EnvironmentError } from "./errors.ts";
import { isOfJob } from "./jobNames.ts";

interface ForsakenParts {
  /** Names of environments in which jobs go on that an earlier process began; without it none is taken for forsaken. */
  goesOn: (() => readonly string[]) | undefined;
  names(): Promise<string[]>;
  destroy(name: string): Promise<void>;
}

/** Environments of jobs that nobody uses: made before this process began, and of no job that goes on. */
export interface Forsaken {
  /** This process makes it. */
  began(name: string): void;
  /** Its job is done with it, whether or not it could be removed. */
  ended(name: string): void;
  /** Nothing where that is not known. */
  check(): Promise<Check[]>;
  /** Returns the names of what is gone now. */
  clear(): Promise<string[]>;
}

export function createForsaken({ goesOn, names, destroy }: ForsakenParts): Forsaken {
  const ours = new Set<string>();

  async function find(): Promise<string[]> {
    if (goesOn === undefined) return [];
    const ofJobs = (await names()).filter(isOfJob);
    // Asked last: what a job takes up meanwhile is not in the list, or named here.
    const used = new Set([...goesOn(), ...ours]);
    return ofJobs.filter((name) => !used.has(name));
  }

  return {
    began: (name) => void ours.add(name),
    ended: (name) => void ours.delete(name),
    async check() {
      if (goesOn === undefined) return [];
      const about = { kind: "leftovers", name: "jobs' environments", action: clearsThem } as const;
      const look = async () => {
        const found = await find();
        if (found.length > 0) throw new Error(`${found.slice(0, 5).join(", ")} of jobs that are over`);
        return "none of jobs that are over";
      };
      return [await check(about, look)];
    },
    async clear() {
      const found = await find();
      for (const name of found) await destroy(name).catch(unlessGone);
      return found;
    },
  };
}

export const clearsThem = "`portwright env doctor --fix` clears them away";

function unlessGone(error: unknown): void {
  if (!(error instanceof EnvironmentError && error.reason === "not-found")) throw error;
}
