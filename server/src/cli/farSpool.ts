import type { ServerConfig } from "../config/config.ts";
import { sshOptions } from "../evidence/remote/connection.ts";
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
  return remoteSpool({ ...{ name, evidence, mirror }, ssh: sshOptions(ssh, env.SSH_AUTH_SOCK) });
}
