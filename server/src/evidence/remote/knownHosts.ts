import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * `known`: this very key stands there; `unknown`: nothing does; `changed`: other keys do; `revoked`: it is marked so.
 */
type HostVerdict = "known" | "unknown" | "changed" | "revoked";

interface Entry {
  marker: string;
  hosts: string;
  type: string;
  key: Buffer;
}

/** The key as OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** Judges a host's key (the wire form) by the text of known_hosts files; see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export function judgeHostKey(knownHosts: string, host: string, port: number, key: Buffer): HostVerdict {
  const own = entriesOf(knownHosts, host, port);
  const same = own.filter((entry) => entry.key.length === key.length && timingSafeEqual(entry.key, key));
  if (same.some(({ marker }) => marker === "@revoked")) return "revoked";
  if (same.some(({ marker }) => marker === "")) return "known";
  return own.some(({ marker }) => marker === "") ? "changed" : "unknown";
}

/** Types of the keys that are known of a host, so that it is asked for one of these. */
export function knownKeyTypes(knownHosts: string, host: string, port: number): string[] {
  const plain = entriesOf(knownHosts, host, port).filter(({ marker }) => marker === "");
  return [...new Set(plain.map(({ type }) => type))];
}

/** How known_hosts names a host. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function entriesOf(text: string, host: string, port: number): Entry[] {
  const name = knownHostName(host, port);
  return text.split("\n").flatMap((line) => {
    const entry = parseLine(line);
    return entry !== null && matches(entry.hosts, name) ? [entry] : [];
  });
}

function parseLine(line: string): Entry | null {
  const words = line.trim().split(/\s+/);
  if (words[0] === undefined || words[0] === "" || words[0].startsWith("#")) return null;
  const marker = words[0].startsWith("@") ? (words.shift() ?? "") : "";
  const [hosts, type, encoded] = words;
  if (hosts === undefined || type === undefined || encoded === undefined) return null;
  return { marker, hosts, type, key: Buffer.from(encoded, "base64") };
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|")) return matchesHashed(hosts, name);
  let found = false;
  for (const pattern of hosts.split(",")) {
    const negated = pattern.startsWith("!");
    if (!fits((negated ? pattern.slice(1) : pattern).toLowerCase(), name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** `|1|SALT|HASH`: HMAC-SHA1 of the name with the salt, both in base64. */
function matchesHashed(hosts: string, name: string): boolean {
  const [, version, salt, hash, ...more] = hosts.split("|");
  if (version !== "1" || salt === undefined || hash === undefined || more.length > 0) return false;
  const made = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  const wanted = Buffer.from(hash, "base64");
  return wanted.length === made.length && timingSafeEqual(wanted, made);
}

/** Whether a pattern with `*` and `?` fits the whole name; linear in both, star by star. */
function fits(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      mark = n;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
