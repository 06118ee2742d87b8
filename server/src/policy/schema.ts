import { z } from "zod";
import { BriefingPart, Confidence, FailureClass, Tier } from "../protocol/index.ts";

/** What one attempt of a tier may spend; all limits are hard. */
const TierBudget = z.strictObject({
  tokens: z.int().positive(),
  turns: z.int().positive().max(1000),
  builds: z.int().positive().max(100),
  wallMinutes: z.number().positive().max(1440),
  /** Attempts at one case before a person has to look. */
  attempts: z.int().positive().max(20),
});

/** Least confidence that a tier asks of the diagnosis; below it the case falls to the next lower tier. */
const Floors = z.strictObject({ AUTO: Confidence.optional(), ASSIST: Confidence.optional() });

const ClassRule = z.strictObject({ tier: Tier, floors: Floors.optional() });

/** `*` stands for any run of characters other than `/`. */
const Pattern = z.string().regex(/^[A-Za-z0-9_.+@*/-]+$/, "an origin or target with * as the wildcard");

/** Exceptions from the class table; the first one that covers a case decides. */
const Override = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  origins: z.array(Pattern).min(1).optional(),
  targets: z.array(Pattern).min(1).optional(),
  classes: z.array(FailureClass).min(1).optional(),
  tier: Tier,
  floors: Floors.optional(),
  /** Shown to the person who wonders why. */
  reason: z.string().min(1),
});
export type Override = z.infer<typeof Override>;

/** What an attempt is told first; sizes are bytes. */
const Briefing = z.strictObject({
  /** The whole message. */
  bytes: z.int().min(4000).max(400_000),
  /** Most playbooks that one attempt is shown. */
  playbooks: z.int().min(0).max(10),
  /** In the order of the message, which is that of their priority: what stands first gets its room first. */
  sections: z.array(z.strictObject({ name: BriefingPart, bytes: z.int().min(500).max(200_000) })),
});
export type BriefingLimits = z.infer<typeof Briefing>;

export const PolicyFile = z.strictObject({
  version: z.literal(1),
  tiers: z.strictObject({ AUTO: TierBudget, ASSIST: TierBudget }),
  floors: z.strictObject({ AUTO: Confidence, ASSIST: Confidence }),
  classes: z.strictObject(
    Object.fromEntries(FailureClass.options.map((name) => [name, ClassRule])) as Record<
      FailureClass,
      typeof ClassRule
    >,
  ),
  /** Classes that neither an override nor a person's request takes out of MANUAL. */
  alwaysManual: z.array(FailureClass),
  /** Classes whose port is built again unchanged before anything is spent on it. */
  rebuildFirst: z.array(FailureClass),
  overrides: z.array(Override),
  briefing: Briefing,
});
export type PolicyFile = z.infer<typeof PolicyFile>;
