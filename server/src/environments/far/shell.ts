import { z } from "zod";
import type { SshOptions } from "../../evidence/remote/connection.ts";
import type { HostCommand } from "../types.ts";

const Wanted = z.object({ name: z.string(), env: z.record(z.string(), z.string()) });
type Wanted = z.infer<typeof Wanted>;

/** A shell in an environment of that host, by ssh(1): the terminal is that program's matter. */
export function farShell(ssh: SshOptions, lend: string, wanted: Wanted): HostCommand {
  const { host, port, user, identityFile, knownHosts, agent } = ssh;
  const words = Buffer.from(JSON.stringify(wanted)).toString("base64url");
  const { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = "/" } = process.env;
  return {
    argv: [
      ...["ssh", "-tt", "-p", String(port), "-l", user],
      ...["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${knownHosts.join(" ")}`],
      ...(identityFile === undefined ? [] : ["-i", identityFile, "-o", "IdentitiesOnly=yes"]),
      ...["--", host, `${lend} --shell ${words}`],
    ],
    cwd: "/",
    env: { PATH, HOME, TERM: wanted.env.TERM ?? "dumb", ...(agent ? { SSH_AUTH_SOCK: agent } : {}) },
  };
}

/** What `farShell` wants, on the other side; null for what it did not write. */
export function wantedShell(words: string): Wanted | null {
  try {
    return Wanted.parse(JSON.parse(Buffer.from(words, "base64url").toString("utf8")));
  } catch {
    return null;
  }
}
