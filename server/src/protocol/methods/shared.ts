import { z } from "zod";

export const CaseRef = z.object({
  /** A case id, or an origin with optional `@flavor` when only one case matches. */
  case: z.string().min(1),
  target: z.string().optional(),
});
export const Page = { limit: z.int().min(1).max(500).default(100), cursor: z.string().optional() };
export const Empty = z.object({});
export const nextCursor = z.string().nullable();

/** A request's [parameters, result]. */
export type MethodTable = Record<string, readonly [z.ZodType, z.ZodType]>;
