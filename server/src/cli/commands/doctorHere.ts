import { randomUUID } from "node:crypto";
import { loadConfig } from "../../config/load.ts";
import { createEnvironmentManager } from "../../environments/manager.ts";
import { configuredBuilder } from "../../plugins/configured.ts";
import { loadPlugins } from "../../plugins/load.ts";
import type { MethodResult } from "../../protocol/index.ts";
import type { Terminal } from "../terminal.ts";

/**
 * What `env/doctor` answers, without a server: a host that only lends environments has none. It knows of no jobs, so their
 * environments are left alone. null where no trees are configured, so that this is no such host.
 */
export async function doctorHere(
  { stateDir, env, signal }: Pick<Terminal, "stateDir" | "env" | "signal">,
  fix: boolean,
): Promise<MethodResult<"env/doctor"> | null> {
  const config = await loadConfig(stateDir);
  if (config.trees === undefined) return null;
  // Everything that is written here is for its own user.
  process.umask(0o077);
  const plugins = await loadPlugins(config.plugins);
  const programs = (["attempts", "proofs"] as const).flatMap((use) => {
    const configured = configuredBuilder(config.builder, use, plugins);
    return "builder" in configured ? configured.builder.programs : [];
  });
  const manager = await createEnvironmentManager({
    ...{ config, stateDir, programs, agent: env.SSH_AUTH_SOCK },
    ...{ now: Date.now, newId: randomUUID },
  });
  try {
    const cleared = fix ? await manager.clearLeftovers() : undefined;
    return { checks: await manager.doctor(signal), ...(cleared ? { cleared } : {}) };
  } finally {
    await manager.close();
  }
}
