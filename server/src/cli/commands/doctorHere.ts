import { randomUUID } from "node:crypto";
import { loadConfig } from "../../config/load.ts";
import { EnvironmentError } from "../../environments/errors.ts";
import { checkMachine } from "../../environments/machine.ts";
import { createEnvironmentManager } from "../../environments/manager.ts";
import { builderPrograms } from "../../plugins/configured.ts";
import { loadPlugins } from "../../plugins/load.ts";
import type { MethodResult } from "../../protocol/index.ts";
import type { Terminal } from "../terminal.ts";

/**
 * What `env/doctor` answers, without a server: a host that only lends environments has none, nor has one that is looked at before
 * it is set up, where nothing is kept. No jobs are known here, so their environments are left alone.
 */
export async function doctorHere(
  { stateDir, env, signal }: Pick<Terminal, "stateDir" | "env" | "signal">,
  fix: boolean,
): Promise<MethodResult<"env/doctor">> {
  const config = await loadConfig(stateDir);
  // Everything that is written here is for its own user.
  process.umask(0o077);
  const programs = builderPrograms(config.builder, await loadPlugins(config.plugins));
  const machine = async () => ({
    checks: await checkMachine({ config, programs, newId: randomUUID }, signal),
  });
  if (config.trees === undefined) return machine();
  const manager = await createEnvironmentManager({
    ...{ config, stateDir, programs, agent: env.SSH_AUTH_SOCK },
    ...{ now: Date.now, newId: randomUUID },
  }).catch((error: unknown) => {
    // Of a kind that cannot be had nothing else can be asked.
    if (error instanceof EnvironmentError && error.reason === "unavailable") return null;
    throw error;
  });
  if (manager === null) return machine();
  try {
    const cleared = fix ? await manager.clearLeftovers() : undefined;
    return { checks: await manager.doctor(signal), ...(cleared ? { cleared } : {}) };
  } finally {
    await manager.close();
  }
}
