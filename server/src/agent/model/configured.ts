import type { ModelConfig, ServerConfig } from "../../config/config.ts";
import type { NamedModel } from "../../policy/checkBudgets.ts";
import {
  type Case,
  type ModelInfo,
  type ModelPrice,
  PortwrightError,
  type Usage,
} from "../../protocol/index.ts";
import { editorProviderName, wantedLabel } from "./editors.ts";
import { costAt, priceOf, type RecordedModel } from "./prices.ts";
import { subtractUsage } from "./usage.ts";

/** A model of the configuration by the name that people choose it by: its role, or its own name. */
export interface ConfiguredModel {
  name: string;
  roles: ModelInfo["roles"];
  config: ModelConfig;
}

/** Those with a role first. */
export function configuredModels({ triage, patch, others }: ServerConfig["models"]): ConfiguredModel[] {
  const roles = { triage, patch };
  const models: ConfiguredModel[] = [];
  for (const role of ["patch", "triage"] as const) {
    const config = roles[role];
    if (config) models.push({ name: role, roles: [role], config });
  }
  for (const [name, config] of Object.entries(others)) models.push({ name, roles: [], config });
  return models;
}

/** As the policy is held against them. */
export const namedModels = (models: ServerConfig["models"]): NamedModel[] =>
  configuredModels(models).map(({ name, config }) => ({
    ...{ name, hasPrice: config.price !== undefined },
    attempts: name === "patch" || failoverOf(models, "patch").includes(name),
  }));

/** The model that diagnoses; null where there is none. */
export function triageName({ triage, patch }: ServerConfig["models"]): "triage" | "patch" | null {
  if (triage) return "triage";
  return patch ? "patch" : null;
}

/** Names of those that stand in for a model; triage has those of the attempts where it names none of its own. */
export function failoverOf({ triage, patch }: ServerConfig["models"], name: string): readonly string[] {
  const list = { triage: triage?.failover ?? patch?.failover, patch: patch?.failover }[name] ?? [];
  return list.filter((other) => other !== name);
}

/** Keys from the server's environment, and those that people gave since; they are in memory only. */
export class ModelKeys {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #variables: ReadonlySet<string>;
  readonly #given = new Map<string, string>();

  /** `others` are variables that hold keys of something else, e.g. of a forge. */
  constructor(
    models: ServerConfig["models"],
    env: Readonly<Record<string, string | undefined>>,
    others: readonly string[] = [],
  ) {
    this.#env = env;
    this.#variables = new Set([
      ...configuredModels(models).flatMap(({ config }) =>
        config.provider === "editor" ? [] : [config.keyVariable],
      ),
      ...others,
    ]);
  }

  /** "" when there is none. */
  of(variable: string): string {
    return this.#given.get(variable) ?? this.#env[variable] ?? "";
  }

  /** Throws PortwrightError badParams for a variable that the configuration does not name. */
  set(variable: string, key: string): void {
    if (!this.#variables.has(variable)) {
      const known = [...this.#variables].join(", ") || "none: configure a model or a forge first";
      throw new PortwrightError(
        "badParams",
        `keyVariable: nothing has its key in ${variable} (known: ${known})`,
      );
    }
    this.#given.set(variable, key);
  }

  /** Every key that is known, for taking it out of texts. */
  all(): string[] {
    return [...this.#variables].map((variable) => this.of(variable)).filter((key) => key !== "");
  }
}

/**
 * Money for what a model used, in millionths of its price's unit; null when no price is configured. The model goes by the
 * names under which attempts record it.
 */
export type CostOf = (model: RecordedModel, usage: Usage) => number | null;

function recordedAs(config: ModelConfig): RecordedModel {
  return config.provider === "editor"
    ? { provider: editorProviderName, model: wantedLabel(config) }
    : { provider: new URL(config.baseURL).hostname, model: config.model };
}

/** Of the models that have one. */
export function pricesOf(models: ServerConfig["models"]): ModelPrice[] {
  return configuredModels(models).flatMap(({ config }) => {
    if (config.price === undefined) return [];
    const { unit: _, ...price } = config.price;
    return [{ ...recordedAs(config), ...price }];
  });
}

export function costsBy(models: ServerConfig["models"]): CostOf {
  const prices = pricesOf(models);
  return (model, usage) => {
    const price = priceOf(prices, model);
    return price === undefined ? null : Math.round(costAt(price, usage));
  };
}

/** Of an attempt of which others than its own model may have given answers; null where none of them has a price. */
export function costOfAttempt(
  costOf: CostOf,
  own: RecordedModel,
  usage: Usage,
  answers: readonly { answeredBy?: RecordedModel | undefined; usage: Usage }[],
): number | null {
  let rest = usage;
  const costs: (number | null)[] = [];
  for (const { answeredBy, usage: used } of answers) {
    if (answeredBy === undefined) continue;
    rest = subtractUsage(rest, used);
    costs.push(costOf(answeredBy, used));
  }
  const priced = [costOf(own, rest), ...costs].filter((cost) => cost !== null);
  return priced.length === 0 ? null : priced.reduce((sum, cost) => sum + cost, 0);
}

/** A case's sum with one more cost; nothing where there is none. */
export const addCost = ({ costMicros = 0 }: Case, cost: number | null): Pick<Case, "costMicros"> =>
  cost ? { costMicros: costMicros + cost } : {};
