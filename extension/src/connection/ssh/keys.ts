import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { BaseAgent, ParsedKey, SigningRequestOptions } from "ssh2";
import { messageOf } from "./hostKeys.ts";
import type { SshParts } from "./person.ts";
import type { Ssh2 } from "./ssh2.ts";
import { type SshTarget, useSystemSsh } from "./target.ts";

const largestKey = 1 << 20;
const mostTries = 3;

/** A key to log in with; what is secret of it is asked for when the host has said that it would take it. */
interface Identity {
  key: ParsedKey;
  name: string;
  sign(data: Buffer, options: SigningRequestOptions): Promise<Buffer>;
}

interface Login extends Pick<SshParts, "person" | "secrets"> {
  ssh2: Ssh2;
  signal: AbortSignal;
  /** Told of each key that will be tried, and of those that cannot be. */
  tells: { tried: string[]; notes: string[] };
}

/**
 * All keys for a host behind the interface of an agent: those of the real agent that are named as files first, then its others,
 * then the files, as OpenSSH has it.
 */
export async function gatherKeys(target: SshTarget, login: Login): Promise<BaseAgent> {
  const held = await agentKeys(target, login);
  const files = await fileKeys(target, login);
  const isSame = (one: Identity, other: Identity): boolean =>
    one.key.getPublicSSH().equals(other.key.getPublicSSH());
  const named = held.filter((one) => files.some((file) => isSame(file, one)));
  const others = target.identitiesOnly ? [] : held.filter((one) => !named.includes(one));
  const rest = files.filter((file) => !held.some((one) => isSame(one, file)));
  const identities = [...named, ...others, ...rest];
  login.tells.tried.push(...identities.map(({ name }) => name));
  return asAgent(login.ssh2, identities);
}

function asAgent(ssh2: Ssh2, identities: readonly Identity[]): BaseAgent {
  type Done = (error: Error | undefined, signature?: Buffer) => void;
  class Keys extends ssh2.BaseAgent {
    override getIdentities(done: (error: undefined, keys: ParsedKey[]) => void): void {
      done(
        undefined,
        identities.map(({ key }) => key),
      );
    }
    override sign(key: ParsedKey, data: Buffer, given: SigningRequestOptions | Done, then?: Done): void {
      const done = typeof given === "function" ? given : then;
      const options = typeof given === "function" ? {} : given;
      const identity = identities.find((one) => one.key === key);
      const signing = identity?.sign(data, options) ?? Promise.reject(new Error("this key was not offered"));
      signing.then(
        (signature) => done?.(undefined, signature),
        (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error))),
      );
    }
  }
  return new Keys();
}

/** Keys of the first agent that answers. */
async function agentKeys({ agents }: SshTarget, { ssh2, tells }: Login): Promise<Identity[]> {
  for (const path of (await Promise.all(agents.map(socketsOf))).flat()) {
    const agent = new ssh2.OpenSSHAgent(path);
    try {
      const keys = await new Promise<ParsedKey[]>((resolve, reject) =>
        agent.getIdentities((error, found) =>
          error ? reject(error) : resolve((found ?? []) as ParsedKey[]),
        ),
      );
      return keys.map((key) => ({
        key,
        name: `agent key ${key.comment || key.type}`,
        sign: (data, options) =>
          new Promise((resolve, reject) =>
            agent.sign(key, data, options, (error, signature) =>
              signature ? resolve(signature) : reject(error ?? new Error("the agent did not sign")),
            ),
          ),
      }));
    } catch (error) {
      tells.notes.push(`the SSH agent at ${path} does not answer (${messageOf(error)})`);
    }
  }
  return [];
}

async function socketsOf(path: string): Promise<string[]> {
  if (!path.endsWith("*")) return [path];
  const start = basename(path).slice(0, -1);
  const names = await readdir(dirname(path)).catch(() => []);
  return names.filter((name) => name.startsWith(start)).map((name) => join(dirname(path), name));
}

async function fileKeys({ identities, isNamed }: SshTarget, login: Login): Promise<Identity[]> {
  const found: Identity[] = [];
  for (const path of identities) {
    const text = await readKey(path);
    if (text === null && isNamed) login.tells.notes.push(`there is no key file ${path}`);
    const identity = text === null ? null : await fileKey(path, text, login);
    if (identity) found.push(identity);
  }
  return found;
}

async function readKey(path: string): Promise<string | null> {
  try {
    return (await readFile(path)).subarray(0, largestKey).toString("utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function fileKey(path: string, text: string, login: Login): Promise<Identity | null> {
  const { ssh2, tells } = login;
  const whole = parse(ssh2, text);
  if (!(whole instanceof Error)) {
    const secret = whole.isPrivateKey()
      ? () => Promise.resolve(whole)
      : () => Promise.reject(new Error(`${path} is public`));
    return { key: whole, name: path, sign: signWith(secret) };
  }
  const open = publicPart(text);
  if (/\bsk-(ssh|ecdsa)-/.test(`${whole.message} ${open?.toString("latin1")}`)) {
    tells.notes.push(`${path} is a FIDO key, with which only OpenSSH can sign: ${useSystemSsh}`);
    return null;
  }
  if (!/encrypted/i.test(whole.message)) {
    tells.notes.push(`${path} cannot be used: ${whole.message}`);
    return null;
  }
  const beside = await readKey(`${path}.pub`);
  const shown = parse(ssh2, open ?? beside ?? "");
  const unlock = () => decrypt(path, text, login);
  const key = shown instanceof Error ? await unlock() : shown;
  return { key, name: path, sign: signWith(unlock) };
}

function parse(ssh2: Ssh2, data: string | Buffer, passphrase?: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(data, passphrase);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error("it holds no key")) : parsed;
}

function signWith(unlock: () => Promise<ParsedKey>): Identity["sign"] {
  return async (data, { hash }) => {
    const signature = (await unlock()).sign(data, hash) as Buffer | Error;
    if (signature instanceof Error) throw signature;
    return signature;
  };
}

/** Asks for the passphrase, if it is not kept; a wrong one is forgotten and asked for again. */
async function decrypt(
  path: string,
  text: string,
  { ssh2, person, secrets, signal }: Login,
): Promise<ParsedKey> {
  const name = `portwright.passphrase:${path}`;
  for (let asked = 0; asked < mostTries; ) {
    const kept = await secrets.get(name);
    if (kept === undefined) asked += 1;
    const about = asked > 1 ? "That passphrase does not open the key." : "";
    const passphrase =
      kept ?? (await person.answers({ about, text: `Passphrase of ${path}`, echo: false }, signal));
    if (passphrase === undefined) throw new Error(`no passphrase was given for ${path}`);
    const key = parse(ssh2, text, passphrase);
    if (!(key instanceof Error)) {
      if (kept === undefined) await secrets.store(name, passphrase);
      return key;
    }
    if (kept !== undefined) await secrets.delete(name);
  }
  throw new Error(`no passphrase that was given opens ${path}`);
}

const magic = "openssh-key-v1\0";

/** The public key in the wire form, which stands in the open in OpenSSH's private key files (PROTOCOL.key); null for others. */
function publicPart(text: string): Buffer | null {
  const [, body = ""] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text) ?? [];
  const bytes = Buffer.from(body, "base64");
  if (!bytes.toString("latin1").startsWith(magic)) return null;
  let at = magic.length;
  const field = (): Buffer => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  try {
    // Cipher, key derivation and its options; then the number of keys.
    for (let skipped = 0; skipped < 3; skipped++) field();
    at += 4;
    return field();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
