import { z } from "zod";
import type { PluginStep } from "../agent/recipes/steps/plugin.ts";
import type { BuilderFactory } from "../builders/types.ts";
import { BuilderName } from "../config/config.ts";

const functionOf = <T>(what: string) =>
  z.custom<T>((value) => typeof value === "function", `is no function: ${what}`);

/** What a plugin's file exports by default. Each part is registered as the server's own parts are. */
export const Plugin = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "small letters, digits and -, at most 32"),
  /** By the name that the configuration uses. */
  builders: z
    .record(BuilderName, functionOf<BuilderFactory>("give one that makes the builder from its options"))
    .default({}),
  /** Recipes name them `PLUGIN/STEP`. */
  recipeSteps: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "small letters, digits and -"),
      functionOf<PluginStep>("give one that makes edits from values and files"),
    )
    .default({}),
});
/** As a file writes it, without the parts that it does not bring. */
export type Plugin = z.input<typeof Plugin>;
