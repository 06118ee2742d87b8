import type { Job } from "../protocol/index.ts";
import { everyItem } from "../store/pages.ts";
import type { Store } from "../store/types.ts";

export const unfinished = ["queued", "leased"] as const;

/** Newest first. */
export const everyJob = (store: Store, states: readonly Job["state"][]): Job[] => [
  ...everyItem((page) => store.jobs({ states }, page)),
];
