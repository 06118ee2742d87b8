import { z } from "zod";
import { problemsOf } from "../config/problems.ts";
import { createBsdMake } from "./bsdMake.ts";
import { checkDriver } from "./driver.ts";
import { createDsynth } from "./dsynth/builder.ts";
import { BuilderError } from "./errors.ts";
import { hostBuilder } from "./host.ts";
import { makeOptions } from "./make.ts";
import { createPoudriere } from "./poudriere/builder.ts";
import type { Builder, BuilderConfig, BuilderDriver, BuilderFactory } from "./types.ts";

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
    return checkDriver(name, factory(config, config.options[name]));
  } catch (error) {
    const said = error instanceof z.ZodError ? problemsOf(error, "the whole").join("; ") : String(error);
    throw new BuilderError("builder", `builder ${name} cannot be made: ${said}`, error);
  }
}
