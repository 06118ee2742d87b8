import { z } from "zod";

/** How another host is logged in to. */
export const SshConfig = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65535).default(22),
  user: z.string().min(1),
  /** Private key without a passphrase; without it the ssh-agent of SSH_AUTH_SOCK is asked. */
  identityFile: z.string().optional(),
  /** Where the host's key must stand; default ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  knownHosts: z.string().optional(),
});
