import { z } from "zod";
import { BriefingPart, Confidence, FailureClass, Tier, ToolName } from "../protocol/index.ts";

/** What one attempt of a tier may spend; all limits are hard. */
const TierBudget = z.strictObject({
  tokens: z.int().positive(),
  turns: z.int().positive().max(1000),
  builds: z.int().positive().max(100),
  wallMinutes: z.number().positive().max(1440),
  /** In the unit of the prices in portwright.json; a model without a price makes no attempt then. Absent for no limit. */
  money: z.number().positive().optional(),
  /** Calls of single tools; a tool that is absent has no limit. */
  calls: z.partialRecord(ToolName.exclude(["finish"]), z.int().positive()).optional(),
  /** Attempts that one job makes before a person has to look. */
  attempts: z.int().positive().max(20),
  /** Failed attempts at the same failure of a port, over all jobs, until somebody says something new; absent for no limit. */
  attemptsPerFailure: z.int().positive().max(100).optional(),
  /** After so many failed attempts of models at the same failure a stronger one, by its name in portwright.json, makes them. */
  escalate: z.strictObject({ after: z.int().positive().max(100), model: z.string().min(1) }).optional(),
  /** Tools of which each call waits for a person's consent. */
  approve: z.array(ToolName).optional(),
});

/** Least confidence that a tier asks of the diagnosis; below it the case falls to the next lower tier. */
const Floors = z.strictObject({ AUTO: Confidence.optional(), ASSIST: Confidence.optional() });

const ClassRule = z.strictObject({ tier: Tier, floors: Floors.optional() });

/** What a proof asks of a fix beside its build. */
const Proving = z.strictObject({
  /** Targets of the framework that are made after the package, with DEVELOPER set. */
  checks: z
    .array(z.enum(["check-plist", "stage-qa", "test"]))
    .max(3)
    .default([]),
  /** Ports that depend on the mended one and are built after it. */
  dependents: z.int().min(0).max(20).default(0),
});

/** `*` stands for any run of characters other than `/`. */
const Pattern = z.string().regex(/^[A-Za-z0-9_.+@*/-]+$/, "an origin or target with * as the wildcard");

const RuleName = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "small letters, digits and -");

/** Exceptions from the class table; the first one that covers a case decides. What it does not name stays as it is. */
const Override = z
  .strictObject({
    name: RuleName,
    origins: z.array(Pattern).min(1).optional(),
    targets: z.array(Pattern).min(1).optional(),
    classes: z.array(FailureClass).min(1).optional(),
    /** `off`: MANUAL, and no model is asked for the diagnosis either. */
    tier: z.enum([...Tier.options, "off"]).optional(),
    floors: Floors.optional(),
    /** In place of those of the tier that the case comes to. */
    budget: TierBudget.partial().optional(),
    /** In place of what all proofs ask. */
    proof: z
      .strictObject({
        checks: Proving.shape.checks.unwrap().optional(),
        dependents: Proving.shape.dependents.unwrap().optional(),
      })
      .optional(),
    /** Shown to the person who wonders why. */
    reason: z.string().min(1),
  })
  .refine(
    ({ tier, floors, budget, proof }) => [tier, floors, budget, proof].some((one) => one !== undefined),
    {
      message:
        "changes nothing: give it a tier (AUTO, ASSIST, MANUAL, off), floors, a budget or a proof, or take it out",
    },
  );
export type Override = z.infer<typeof Override>;

/** What the agent may make for a whole target; the first rule that covers it decides, without one it is `diff`. */
const TreeRule = z.strictObject({
  name: RuleName,
  targets: z.array(Pattern).min(1),
  /** `advice-only`: a diagnosis and its advice, never an attempt; `off`: not even a model's diagnosis. */
  agent: z.enum(["diff", "advice-only", "off"]),
  reason: z.string().min(1),
});
export type TreeRule = z.infer<typeof TreeRule>;

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

/** How recorded outcomes move what a recipe's file declares. */
const Learning = z.strictObject({
  /** Outcomes that the declared confidence counts for: the prior's weight in a Beta distribution. */
  priorWeight: z.number().positive().max(1000).default(8),
  /** Outcomes in one class of failure from which on only they count there. */
  leastPerClass: z.int().positive().max(1000).default(6),
});

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
  /** Whether attempts and proofs that nobody asked for are made while a bulk run is live on the server's own host. */
  whileBulkRuns: z.enum(["work", "wait"]).default("work"),
  /** Neither an override nor a person's request makes more of a target than its rule here. */
  trees: z.array(TreeRule).default([]),
  overrides: z.array(Override),
  briefing: Briefing,
  learning: Learning.prefault({}),
  proof: Proving.prefault({}),
});
export type PolicyFile = z.infer<typeof PolicyFile>;
