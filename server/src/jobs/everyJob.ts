import type { Job } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

export const unfinished = ["queued", "leased"] as const;

/** Newest first. */
export function everyJob(store: Store, states: readonly Job["state"][]): Job[] {
  const jobs: Job[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = store.jobs({ states }, { limit: 500, cursor });
    jobs.push(...page.items);
    cursor = page.nextCursor;
  }
  return jobs;
}
