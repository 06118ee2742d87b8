import { basename } from "node:path";
import { createBuilder } from "../builders/registry.ts";
import type { Builder, BuilderConfig } from "../builders/types.ts";
import { amiss, inOrder } from "../environments/check.ts";
import type { Program } from "../environments/types.ts";
import { type Check, PortwrightError } from "../protocol/index.ts";
import type { Plugins } from "./load.ts";

/** What is built: in the places of the configuration that name a builder. */
export type BuilderUse = "attempts" | "proofs";
type Configured = { builder: Builder } | { problem: string };

/**
 * The builder that the configuration names for `use`. Throws PortwrightError badParams for a name that nobody has; what
 * a plugin is to blame for is told as `problem`, and stops no server.
 */
export function configuredBuilder(
  config: BuilderConfig,
  use: BuilderUse,
  { builders, files }: Plugins,
): Configured {
  const name = config[use];
  try {
    return { builder: createBuilder(name, config, builders) };
  } catch (error) {
    const said = `builder.${use}: ${error instanceof Error ? error.message : String(error)}`;
    const faults = files.flatMap(({ problem }) => problem ?? []);
    if (builders.has(name) || faults.length > 0) return { problem: [said, ...faults].join("; ") };
    throw new PortwrightError("badParams", `${said}; correct it in portwright.json`, error);
  }
}

/** What the builders run; nothing of one that a plugin fails to bring. */
export function builderPrograms(config: BuilderConfig, plugins: Plugins): Program[] {
  return (["attempts", "proofs"] as const).flatMap((use) => {
    const configured = configuredBuilder(config, use, plugins);
    return "builder" in configured ? configured.builder.programs : [];
  });
}

/** Throws PortwrightError environment for one that is not there. */
export function requireBuilder(configured: Configured): Builder {
  if ("builder" in configured) return configured.builder;
  throw new PortwrightError("environment", configured.problem);
}

/** What the doctor tells of each plugin. */
export function checkPlugins({ files }: Plugins): Check[] {
  return files.map(({ file, name, problem }) => {
    const title = `plugin ${name ?? basename(file)}`;
    if (problem === null) return inOrder("plugins", title, file);
    return amiss("plugins", title, problem, `mend it, or take it out of "plugins" in portwright.json`);
  });
}
