import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** A known_hosts file; the text of one that is absent is "". */
export interface KnownHosts {
  path: string;
  text: string;
}

/**
 * `known`: this very key stands there; `unknown`: nothing does; `changed`: other keys do; `revoked`: it is marked so;
 * `authority`: only keys of a certificate authority do. `where` is the line that says so, as `path:line`; "" for `unknown`.
 */
interface HostJudgement {
  verdict: "known" | "unknown" | "changed" | "revoked" | "authority";
  where: string;
}

interface Entry {
  marker: string;
  hosts: string;
  type: string;
  key: Buffer;
}

/** Key types in the order that they are asked for, with the signatures that go with each. */
const signatures: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** The key as OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** Judges a host's key (the wire form) by known_hosts files; see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export function judgeHostKey(
  files: readonly KnownHosts[],
  host: string,
  port: number,
  key: Buffer,
): HostJudgement {
  const own = entriesOf(files, host, port);
  const same = own.filter((entry) => entry.key.length === key.length && timingSafeEqual(entry.key, key));
  const plain = own.find(({ marker }) => marker === "");
  const authority = own.find(({ marker }) => marker === "@cert-authority");
  const judge = (verdict: HostJudgement["verdict"], entry?: Found): HostJudgement | null =>
    entry ? { verdict, where: entry.where } : null;
  return (
    judge(
      "revoked",
      same.find(({ marker }) => marker === "@revoked"),
    ) ??
    judge(
      "known",
      same.find(({ marker }) => marker === ""),
    ) ??
    judge("changed", plain) ??
    judge("authority", authority) ?? { verdict: "unknown", where: "" }
  );
}

/** Signatures to ask a host for: of the known types first, so that one with several keys shows one that can be judged. */
export function hostKeyAlgorithms(
  files: readonly KnownHosts[],
  host: string,
  port: number,
): ServerHostKeyAlgorithm[] {
  const known = entriesOf(files, host, port).filter(({ marker }) => marker === "");
  const types = [...known.map(({ type }) => type), ...Object.keys(signatures)];
  return [...new Set(types.flatMap((type) => signatures[type] ?? []))];
}

/** How known_hosts names a host. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

interface Found extends Entry {
  where: string;
}

function entriesOf(files: readonly KnownHosts[], host: string, port: number): Found[] {
  const name = knownHostName(host, port);
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const entry = parseLine(line);
      if (entry === null || !matches(entry.hosts, name)) return [];
      return [{ ...entry, where: `${path}:${index + 1}` }];
    }),
  );
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
  return hosts.startsWith("|") ? matchesHashed(hosts, name) : matchesPatterns(hosts.split(","), name);
}

/** Whether one of OpenSSH's patterns fits the name and none with a leading `!` does; see ssh_config(5), PATTERNS. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  let found = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (!fits((negated ? pattern.slice(1) : pattern).toLowerCase(), name.toLowerCase())) continue;
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
