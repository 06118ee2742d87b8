import { z } from "zod";
import { DeliveryState } from "../vocabulary.ts";
import { Sha256, Time } from "./base.ts";

export const PullRequest = z.object({
  number: z.int().positive(),
  url: z.string(),
  /** As it was when it was opened or found. */
  state: z.enum(["open", "closed", "merged"]),
});
export type PullRequest = z.infer<typeof PullRequest>;

/** Where branches can be pushed to; never with a token. */
export const ForgeInfo = z.object({
  host: z.string(),
  /** `OWNER/NAME` in which pull requests are opened, and its branch that they are for. */
  repository: z.string(),
  into: z.string(),
  /** What git pushes to. */
  remote: z.string(),
  keyVariable: z.string(),
  hasKey: z.boolean(),
});
export type ForgeInfo = z.infer<typeof ForgeInfo>;

/** An accepted fix in the operator's own DeltaPorts repository. */
export const Delivery = z.object({
  id: z.string(),
  caseId: z.string(),
  proofId: z.string(),
  state: DeliveryState,
  /** Folder on the server's host. */
  repository: z.string(),
  branch: z.string(),
  /** Commit that the branch starts from, and the one that it adds. */
  base: z.string(),
  commit: z.string(),
  subject: z.string(),
  /** What `git format-patch` writes of the commit. */
  patchSha256: Sha256,
  /** The same change for patch(1). */
  plainSha256: Sha256,
  who: z.string(),
  at: Time,
  undoneAt: Time.nullable(),
  /** Who took it back; absent until then, and where it was not kept yet. */
  undoneBy: z.string().optional(),
  /** Absent until somebody has it pushed; `remote` is what git pushed to. An undo leaves both where they are. */
  pushed: z.object({ remote: z.string(), who: z.string(), at: Time }).optional(),
  pullRequest: PullRequest.optional(),
});
export type Delivery = z.infer<typeof Delivery>;

/** What `delivery/apply` would do. */
export const DeliveryPreview = z.object({
  repository: z.string(),
  branch: z.string(),
  base: z.string(),
  /** Whether that is where the proof started from, or what came after it; for a person. */
  baseNote: z.string(),
  message: z.string(),
  files: z.array(z.object({ path: z.string(), status: z.enum(["added", "modified", "deleted"]) })),
  /** Why it cannot be delivered now, and what to do; empty when it can. */
  problems: z.array(z.string()),
  /** Where a push takes it, once somebody asks for one; absent where no forge is configured. */
  push: z
    .object({
      ...ForgeInfo.pick({ host: true, repository: true, into: true, remote: true }).shape,
      branch: z.string(),
      draft: z.boolean(),
    })
    .optional(),
});
export type DeliveryPreview = z.infer<typeof DeliveryPreview>;
