import { z } from "zod";
import { DeliveryState } from "../vocabulary.ts";
import { Sha256, Time } from "./base.ts";

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
});
export type DeliveryPreview = z.infer<typeof DeliveryPreview>;
