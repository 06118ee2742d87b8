import type { Builder } from "../../builders/types.ts";
import type { EnvironmentManager } from "../../environments/types.ts";
import type { Policy } from "../../policy/load.ts";
import type { ModelPrice } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { LiveFeed } from "../live/feed.ts";
import type { CostOf } from "../model/configured.ts";
import type { Agent } from "../types.ts";

export interface PatchStageOptions {
  store: Store;
  manager: EnvironmentManager;
  builder: Builder;
  policy: Policy;
  /** Answers from the rule book. */
  recipes: Agent;
  /** By name; `patch` makes the attempts for which nobody chose another one. */
  models: Pick<ReadonlyMap<string, Agent>, "get" | "values">;
  costOf: CostOf;
  /** Of the configured models. */
  prices: readonly ModelPrice[];
  live: LiveFeed;
  buildTimeoutMs: number;
  now: () => number;
  newId: () => string;
}
