import type { ServerConfig } from "../config/config.ts";
import { createBsdMakeBuilder } from "./bsdMake.ts";
import { createDsynthBuilder } from "./dsynth/builder.ts";
import { makeOptions } from "./make.ts";
import type { Builder } from "./types.ts";

type BuilderConfig = ServerConfig["builder"];

/** Builders by the name that the configuration uses. */
const factories: Record<BuilderConfig["attempts"], (config: BuilderConfig) => Builder> = {
  "bsd-make": (config) => createBsdMakeBuilder(makeOptions(config)),
  dsynth: createDsynthBuilder,
};

export function createBuilder(name: BuilderConfig["attempts"], config: BuilderConfig): Builder {
  return factories[name](config);
}
