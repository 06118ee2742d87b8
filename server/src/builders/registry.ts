import { z } from "zod";
import { BuilderName } from "../config/config.ts";
import { problemsOf } from "../config/problems.ts";
import { createBsdMake } from "./bsdMake.ts";
import { createDsynth } from "./dsynth/builder.ts";
import { BuilderError } from "./errors.ts";
import { hostBuilder } from "./host.ts";
import { makeOptions } from "./make.ts";
import { createPoudriere } from "./poudriere/builder.ts";
import type { Builder, BuilderConfig, BuilderDriver, BuilderFactory } from "./types.ts";

const isFunction = z.custom((value) => typeof value === "function", "is no function");

/** A builder of a plugin was seen by no compiler of ours. */
const Driver = z.object({
  name: BuilderName,
  programs: z.array(z.object({ name: z.string(), command: z.string(), setting: z.string() })).optional(),
  endsEarly: z.boolean().optional(),
  log: z
    .object({
      locate: isFunction,
      phaseOf: isFunction.optional(),
    })
    .optional(),
  versions: isFunction.optional(),
  plan: isFunction,
  build: isFunction,
});

/** The builders that are always there, by the name that the configuration uses. */
export const builtInBuilders: ReadonlyMap<string, BuilderFactory> = new Map<string, BuilderFactory>([
  ["bsd-make", (config) => createBsdMake(makeOptions(config))],
  ["dsynth", createDsynth],
  ["poudriere", createPoudriere],
]);

/** `others` are those of plugins. Throws BuilderError `builder` for a name that nobody has. */
export function createBuilder(
  name: string,
  config: BuilderConfig,
  others: ReadonlyMap<string, BuilderFactory> = new Map(),
): Builder {
  const factory = builtInBuilders.get(name) ?? others.get(name);
  if (factory === undefined) {
    const known = [...builtInBuilders.keys(), ...others.keys()].join(", ");
    throw new BuilderError("builder", `there is no builder "${name}"; known are ${known}`);
  }
  return hostBuilder(driverOf(name, factory, config), createBsdMake(makeOptions(config)));
}

function driverOf(name: string, factory: BuilderFactory, config: BuilderConfig): BuilderDriver {
  try {
    const driver = factory(config, config.options[name]);
    Driver.parse(driver);
    return driver;
  } catch (error) {
    const said = error instanceof z.ZodError ? problemsOf(error, "the whole").join("; ") : String(error);
    throw new BuilderError("builder", `builder ${name} cannot be made: ${said}`, error);
  }
}
