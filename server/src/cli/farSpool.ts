import { homedir } from "node:os";
import { join } from "node:path";
import type { ServerConfig } from "../config/config.ts";
import { type RemoteSpool, remoteSpool } from "../evidence/remote/spool.ts";

interface FarSpoolOptions {
  /** Where the ssh-agent is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  mirror: string;
}

/** The evidence of a configured builder on another host, not connected yet. */
export function farSpool(
  { name, ssh, evidence }: ServerConfig["builders"][number],
  { env, mirror }: FarSpoolOptions,
): RemoteSpool {
  const { host, port, user, identityFile, knownHosts } = ssh;
  const usual = [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];
  return remoteSpool({
    ...{ name, evidence, mirror },
    ssh: {
      ...{ host, port, user, identityFile, agent: env.SSH_AUTH_SOCK },
      knownHosts: knownHosts === undefined ? usual : [knownHosts],
    },
  });
}
