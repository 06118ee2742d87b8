import { z } from "zod";
import { CheckKind, EnvironmentKind } from "../vocabulary.ts";

const Looked = z.object({ kind: CheckKind, name: z.string(), message: z.string() });

/** One thing that was looked at: `message` says what was found, `action` what a person does about what is amiss. */
export const Check = z.discriminatedUnion("ok", [
  Looked.extend({ ok: z.literal(true) }),
  Looked.extend({ ok: z.literal(false), action: z.string().min(1) }),
]);
export type Check = z.infer<typeof Check>;

export const EnvironmentInfo = z.object({
  name: z.string(),
  kind: EnvironmentKind,
  /** With kind `ssh`: how the other host keeps it apart. */
  farKind: EnvironmentKind.optional(),
  target: z.string(),
  root: z.string(),
  trees: z.record(
    z.string(),
    z.object({
      commit: z.string(),
      /** That its checkout was on; absent when on none. */
      branch: z.string().optional(),
      dirty: z.boolean(),
      /** Commits that the source tree has gained since; absent when not known. */
      behind: z.int().nonnegative().optional(),
      /** Why that is not known; absent in lists. */
      behindUnknown: z.string().optional(),
    }),
  ),
  createdAt: z.int(),
  /** Why nothing can be built there, and what to do; absent when all is well. */
  problem: z.string().optional(),
  /** Whether a build can be begun there, one by one; absent in lists. */
  checks: z.array(Check).optional(),
  /** Absent when it was not measured. */
  diskBytes: z.int().nonnegative().optional(),
  /** Made by a job, and removed at its end. */
  ofJob: z.boolean().optional(),
});
export type EnvironmentInfo = z.infer<typeof EnvironmentInfo>;

/** An environment that is not made yet. */
export const EnvironmentPreview = z.object({
  name: z.string(),
  kind: EnvironmentKind,
  farKind: EnvironmentKind.optional(),
  /** What that kind keeps apart and what it does not. */
  note: z.string(),
  target: z.string(),
  root: z.string(),
  /** What the checkouts are at. */
  trees: z.record(
    z.string(),
    z.object({ path: z.string(), commit: z.string(), branch: z.string().optional() }),
  ),
  /** Whether DPorts of these commits is there; where not it is composed first, which takes longer. */
  isComposed: z.boolean(),
  checks: z.array(Check),
  /** What the host would run for a command inside, for people: every folder that is shown there. */
  text: z.string(),
});
export type EnvironmentPreview = z.infer<typeof EnvironmentPreview>;
