import { z } from "zod";
import { EnvironmentKind } from "../vocabulary.ts";

export const EnvironmentInfo = z.object({
  name: z.string(),
  kind: EnvironmentKind,
  target: z.string(),
  root: z.string(),
  trees: z.record(
    z.string(),
    z.object({
      commit: z.string(),
      dirty: z.boolean(),
      /** Commits that the source tree has gained since; absent when not known. */
      behind: z.int().nonnegative().optional(),
    }),
  ),
  createdAt: z.int(),
  /** Why nothing can be built there, and what to do; absent when all is well. */
  problem: z.string().optional(),
  /** Absent when it was not measured. */
  diskBytes: z.int().nonnegative().optional(),
  /** Made by a job, and removed at its end. */
  ofJob: z.boolean().optional(),
});
export type EnvironmentInfo = z.infer<typeof EnvironmentInfo>;

/** One thing that was looked at. */
export const Check = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** What was found in order, or what is wrong and what to do about it. */
  message: z.string(),
});
export type Check = z.infer<typeof Check>;
