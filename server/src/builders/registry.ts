import type { ServerConfig } from "../config/config.ts";
import { createBsdMakeBuilder } from "./bsdMake.ts";
import { BuilderError } from "./errors.ts";
import { makeOptions } from "./make.ts";
import type { Builder } from "./types.ts";

type BuilderConfig = ServerConfig["builder"];

/** Builders by the name that the configuration uses. */
const factories: Record<string, (config: BuilderConfig) => Builder> = {
  "bsd-make": (config) => createBsdMakeBuilder(makeOptions(config)),
};

export function createBuilder(name: BuilderConfig["attempts"], config: BuilderConfig): Builder {
  const factory = factories[name];
  if (!factory) throw new BuilderError("builder", `there is no builder named ${name}`);
  return factory(config);
}
