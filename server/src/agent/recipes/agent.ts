import type { RecipeUse } from "../../protocol/index.ts";
import { createLoopAgent, type LoopAgentOptions } from "../loop/loop.ts";
import type { Agent } from "../types.ts";
import { createRecipeProvider } from "./provider.ts";
import type { PluginSteps } from "./steps/plugin.ts";

/** The rule book as an agent; its reports say which recipes were used and how each fared. */
export function createRecipeAgent(
  options: Omit<LoopAgentOptions, "name" | "model" | "provider">,
  pluginSteps?: PluginSteps,
): Agent {
  return {
    provider: "recipes",
    model: "recipes",
    async attempt(request) {
      let recipes: RecipeUse[] = [];
      const loop = createLoopAgent({
        ...options,
        name: "recipes",
        model: "recipes",
        provider: ({ book }) =>
          createRecipeProvider(
            request,
            book,
            (uses) => {
              recipes = uses;
            },
            pluginSteps,
          ),
      });
      return { ...(await loop.attempt(request)), recipes };
    },
  };
}
