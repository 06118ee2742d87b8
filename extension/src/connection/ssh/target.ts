import { isAbsolute, join } from "node:path";
import { parseAddress } from "../../builders/address.ts";
import type { BuilderDefinition } from "../../builders/definition.ts";
import { ConnectError } from "../channel.ts";
import { type HostSettings, readSshConfig, settingsFor } from "./configFile.ts";
import type { SshParts } from "./person.ts";

/** A host to log in at, as settings and ~/.ssh/config say it together. */
export interface SshTarget {
  host: string;
  port: number;
  user: string;
  /** Under which known_hosts has its key. */
  known: { host: string; port: number };
  /** Private key files in the order that they are tried; `isNamed` when somebody named them. */
  identities: readonly string[];
  isNamed: boolean;
  /** Keys of the agent count only where they are among `identities`. */
  identitiesOnly: boolean;
  /** Sockets or pipes of agents, the last part perhaps with `*`; the first that answers is asked. */
  agents: readonly string[];
  /** known_hosts files; the first takes new keys. */
  knownHosts: readonly string[];
  patienceMs: number;
  /** What is asked for and cannot be had here. */
  notes: readonly string[];
}

type Asked = Pick<BuilderDefinition, "host" | "user" | "port" | "identity">;

const systemKnownHosts = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
const usualIdentities = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"];
/** More hops than that are a loop. */
const mostHops = 8;

/** The remedy for all that only OpenSSH can do. */
export const useSystemSsh = `choose "ssh": "system" for this builder`;

/** The hosts on the way to a builder, in order, itself last. Throws ConnectError. */
export async function findTargets(definition: BuilderDefinition, parts: SshParts): Promise<SshTarget[]> {
  const lines = await readSshConfig(parts.configFiles, parts.home);
  const targets: SshTarget[] = [];
  const add = (asked: Asked, depth: number): void => {
    if (depth > mostHops || targets.length > mostHops)
      throw new ConnectError({
        reason: `ProxyJump leads in a circle at ${asked.host}`,
        problem: "sshUnsupported",
      });
    const settings = settingsFor(lines, asked.host, { user: asked.user, localUser: parts.userName });
    // As with OpenSSH, what is reached through hops that were named has none of its own.
    const jumps = depth < 0 ? [] : jumpsOf(settings, asked.host);
    for (const [index, jump] of jumps.entries()) add(jump, index === 0 ? depth + 1 : -1);
    targets.push(targetOf(asked, settings, parts));
  };
  add(definition, 0);
  return targets;
}

function jumpsOf(settings: HostSettings, host: string): Asked[] {
  const isSet = (value: string): boolean => value !== "" && value.toLowerCase() !== "none";
  const jump = settings.one("proxyjump");
  if (isSet(jump)) return jump.split(",").map(parseJump);
  if (!isSet(settings.one("proxycommand"))) return [];
  const reason = `~/.ssh/config has a ProxyCommand for ${host}, which only OpenSSH can run: ${useSystemSsh}`;
  throw new ConnectError({ reason, problem: "sshUnsupported" });
}

function parseJump(text: string): Asked {
  const address = parseAddress(text);
  if (address) return { ...address, identity: "" };
  throw new ConnectError({ reason: `ProxyJump names no host: ${text}`, problem: "sshUnsupported" });
}

function targetOf(asked: Asked, settings: HostSettings, parts: SshParts): SshTarget {
  const { one, all, notes } = settings;
  const { home, env, userName } = parts;
  const host = (one("hostname") || asked.host).replaceAll("%h", asked.host).replaceAll("%%", "%");
  const user = asked.user || one("user") || userName;
  const port = asked.port || Number(one("port")) || 22;
  const tokens: Record<string, string> = {
    ...{ "%": "%", d: home, h: host, n: asked.host, p: String(port), r: user, u: userName },
  };
  const file = (text: string): string => {
    const spelled = text
      .replace(/%(.)/g, (token, letter: string) => tokens[letter] ?? token)
      .replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? "")
      .replace(/^~(?=[/\\]|$)/, home);
    return isAbsolute(spelled) || spelled.startsWith("\\\\") ? spelled : join(home, spelled);
  };
  const named = [...(asked.identity ? [asked.identity] : []), ...all("identityfile")].filter(isNotNone);
  const usual = usualIdentities.map((name) => join(home, ".ssh", name));
  const own = (one("userknownhostsfile") || "~/.ssh/known_hosts ~/.ssh/known_hosts2").split(" ");
  const shared = one("globalknownhostsfile").split(" ").filter(Boolean);
  return {
    ...{ host, port, user, notes },
    known: one("hostkeyalias") ? { host: one("hostkeyalias"), port: 22 } : { host, port },
    identities: named.length > 0 ? [...new Set(named.map(file))] : usual,
    isNamed: named.length > 0,
    identitiesOnly: one("identitiesonly").toLowerCase() === "yes",
    agents: agentsOf(one("identityagent"), parts).map((path) =>
      path.startsWith("\\\\") ? path : file(path),
    ),
    knownHosts: [
      ...own.filter(isNotNone).map(file),
      ...(shared.length > 0 ? shared.map(file) : systemKnownHosts),
    ],
    patienceMs: Number(one("connecttimeout")) * 1000 || parts.patienceMs,
  };
}

const isNotNone = (word: string): boolean => word.toLowerCase() !== "none" && word !== "";

/** Where keys may be unlocked. On Windows OpenSSH's agent has a pipe of a fixed name, and Pageant one that begins so. */
function agentsOf(setting: string, { env, platform }: SshParts): string[] {
  if (setting.toLowerCase() === "none") return [];
  if (setting !== "" && setting !== "SSH_AUTH_SOCK")
    return [setting.startsWith("$") ? (env[setting.slice(1)] ?? "") : setting].filter(Boolean);
  const named = env.SSH_AUTH_SOCK ? [env.SSH_AUTH_SOCK] : [];
  return platform === "win32"
    ? [...named, "\\\\.\\pipe\\openssh-ssh-agent", "\\\\.\\pipe\\pageant.*"]
    : named;
}
