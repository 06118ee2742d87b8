import type { Tier } from "../protocol/index.ts";
import type { Fault } from "./check.ts";
import type { PolicyFile } from "./schema.ts";

type ActingTier = "AUTO" | "ASSIST";
type TierBudget = PolicyFile["tiers"][ActingTier];
const acting: readonly ActingTier[] = ["AUTO", "ASSIST"];

/** A tier is reached as the proposal or by falling from the one above. */
export const reaches = (from: Tier | "off", tier: ActingTier): boolean =>
  from === tier || (from === "AUTO" && tier === "ASSIST");

/** Limits of a budget that another one of it never lets come into force. */
export function checkBudgets({ tiers, overrides }: Pick<PolicyFile, "tiers" | "overrides">): Fault[] {
  const faults: Fault[] = [];
  for (const tier of acting) faults.push(...faultsOf(tiers[tier], ["tiers", tier]));
  overrides.forEach(({ budget }, index) => {
    if (budget === undefined) return;
    // A person may ask for either tier, so a limit is dead only when it is in both.
    const found = acting.map((tier) =>
      faultsOf({ ...tiers[tier], ...budget } as TierBudget, ["overrides", index, "budget"]),
    );
    if (found.every((one) => one.length > 0)) faults.push(...(found[0] ?? []));
  });
  return faults;
}

function faultsOf(
  { attempts, attemptsPerFailure: most, escalate }: TierBudget,
  path: readonly PropertyKey[],
): Fault[] {
  if (most === undefined) return [];
  const faults: Fault[] = [];
  if (attempts > most)
    faults.push({
      path: [...path, "attempts"],
      message: `${attempts} are never made: attemptsPerFailure ends it at ${most}; raise that, or lower this`,
    });
  if (escalate !== undefined && escalate.after >= most)
    faults.push({
      path: [...path, "escalate", "after"],
      message: `${escalate.model} is never asked: attemptsPerFailure ends it at ${most}; raise that, or lower this`,
    });
  return faults;
}

/** A model of the configuration. */
export interface NamedModel {
  name: string;
  hasPrice: boolean;
  /** It makes attempts that nobody chose it for, or stands in for the one that does. */
  attempts: boolean;
}

type Budgets = Pick<PolicyFile, "tiers" | "overrides">;

interface NamedBudget {
  path: PropertyKey[];
  budget: Partial<TierBudget> | undefined;
  /** Tiers of which it has the other limits. */
  of: readonly ActingTier[];
}

const budgetsOf = ({ tiers, overrides }: Budgets): NamedBudget[] => [
  ...acting.map((tier) => ({ path: ["tiers", tier], budget: tiers[tier], of: [tier] })),
  ...overrides.map(({ budget }, index) => ({ path: ["overrides", index, "budget"], budget, of: acting })),
];

/** Limits of money for attempts of models that have no price: such attempts are not made, or not counted. */
export function checkPrices(file: Budgets, models: readonly NamedModel[]): Fault[] {
  return budgetsOf(file).flatMap(({ path, budget, of }) => {
    if (budget?.money === undefined) return [];
    const escalates = of.map((tier) => ({ ...file.tiers[tier], ...budget }).escalate?.model);
    return models
      .filter(({ name, hasPrice, attempts }) => !hasPrice && (attempts || escalates.includes(name)))
      .map(({ name }) => ({
        path: [...path, "money"],
        message: `cannot be held: model ${name} of portwright.json has no price; give it one (0 where it costs nothing), or take money out`,
      }));
  });
}

/** Stronger models that the configuration does not name. */
export function checkModels(file: Budgets, models: readonly string[]): Fault[] {
  return budgetsOf(file).flatMap(({ path, budget }) => {
    const model = budget?.escalate?.model;
    if (model === undefined || models.includes(model)) return [];
    return [
      {
        path: [...path, "escalate", "model"],
        message: `portwright.json has no model ${model} (it has: ${models.join(", ") || "none"}); add it to models.others, or take escalate out`,
      },
    ];
  });
}
