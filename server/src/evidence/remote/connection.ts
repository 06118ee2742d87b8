import type { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Client, ConnectConfig, SFTPWrapper } from "ssh2";
import { codeOf, messageOf } from "../errors.ts";
import { RemoteError } from "./error.ts";
import {
  fingerprint,
  hostKeyAlgorithms,
  judgeHostKey,
  type KnownHosts,
  knownHostName,
} from "./knownHosts.ts";

/** How a far builder's host is reached. */
export interface SshOptions {
  host: string;
  port: number;
  user: string;
  /** Private key without a passphrase; without one the agent is asked. */
  identityFile?: string | undefined;
  /** known_hosts files, of which those that are absent hold nothing. */
  knownHosts: readonly string[];
  /** Socket of an ssh-agent. */
  agent?: string | undefined;
  /** How long the far side may take to let us in, and to answer one question, in milliseconds. */
  patience?: { handshakeMs: number; answerMs: number };
}

/** The same as the configuration has it: relative to nothing, and with one known_hosts file or none. */
interface SshConfig extends Omit<SshOptions, "knownHosts" | "agent" | "patience"> {
  knownHosts?: string | undefined;
}

/** `agent` is the socket that the server's environment names. */
export function sshOptions(
  { host, port, user, identityFile, knownHosts }: SshConfig,
  agent: string | undefined,
): SshOptions {
  const usual = [join(homedir(), ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"];
  const known = knownHosts === undefined ? usual : [knownHosts];
  return { host, port, user, identityFile, agent, knownHosts: known };
}

const usualPatience = { handshakeMs: 20_000, answerMs: 30_000 };
const keepaliveMs = 15_000;
const missedKeepalives = 3;
/** A file of more than that is no key and no known_hosts. */
const largestFile = 4 << 20;

export interface SshSession {
  sftp: SFTPWrapper;
  answerMs: number;
  /** Settles, never rejecting, once the connection is over, with what ended it. */
  ended: Promise<RemoteError>;
  close(): void;
}

/** Opens an SFTP session; as `openChannel`. */
export async function openSession(options: SshOptions, signal: AbortSignal): Promise<SshSession> {
  const { answerMs } = options.patience ?? usualPatience;
  const { channel: sftp, ...rest } = await openChannel<SFTPWrapper>(options, signal, (client, opened) =>
    client.sftp(opened),
  );
  return { sftp, answerMs, ...rest };
}

interface OpenChannel<C> {
  channel: C;
  /** Settles, never rejecting, once the connection is over, with what ended it. */
  ended: Promise<RemoteError>;
  close(): void;
}

/**
 * Logs in and opens one channel by `ask`. The host's key must stand in known_hosts. Throws RemoteError with the remedy;
 * nothing is left open then, nor once `signal` was aborted.
 */
export async function openChannel<C extends EventEmitter>(
  options: SshOptions,
  signal: AbortSignal,
  ask: (client: Client, opened: (error: Error | undefined, channel: C) => void) => void,
): Promise<OpenChannel<C>> {
  const { handshakeMs } = options.patience ?? usualPatience;
  const known = await Promise.all(options.knownHosts.map(readKnownHosts));
  const identity = await readIdentity(options);
  const { default: ssh2 } = await import("ssh2");
  signal.throwIfAborted();
  const client: Client = new ssh2.Client();
  let refusal: RemoteError | null = null;
  const config: ConnectConfig = {
    ...{ host: options.host, port: options.port, username: options.user, ...identity },
    ...{ readyTimeout: handshakeMs, keepaliveInterval: keepaliveMs, keepaliveCountMax: missedKeepalives },
    algorithms: { serverHostKey: hostKeyAlgorithms(known, options.host, options.port) },
    hostVerifier: (key: Buffer) => {
      refusal = refusalOf(options, known, key);
      return refusal === null;
    },
  };
  let over: (reason: RemoteError) => void = () => {};
  const ended = new Promise<RemoteError>((resolve) => {
    over = resolve;
  });
  const close = () => client.destroy();
  signal.addEventListener("abort", close, { once: true });
  try {
    const channel = await new Promise<C>((resolve, reject) => {
      const fail = (error: unknown) => {
        const reason = refusal ?? explain(error, options);
        over(reason);
        reject(reason);
      };
      client.on("ready", () => {
        // Questions are small, and each waits for its answer.
        client.setNoDelay(true);
        ask(client, (error, opened) => {
          if (error) return fail(error);
          opened.on("error", fail);
          resolve(opened);
        });
      });
      // Stays: a connection may fail at any later time, several times over.
      client.on("error", fail);
      client.on("close", () => fail(new Error("the connection was closed")));
      client.connect(config);
    });
    return { channel, ended, close };
  } catch (error) {
    client.destroy();
    throw error instanceof RemoteError ? error : explain(error, options);
  } finally {
    void ended.then(() => signal.removeEventListener("abort", close));
  }
}

async function readKnownHosts(path: string): Promise<KnownHosts> {
  try {
    return { path, text: (await readFile(path)).subarray(0, largestFile).toString("utf8") };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { path, text: "" };
    throw new RemoteError("hostKey", `The known hosts in ${path} cannot be read: ${messageOf(error)}`, error);
  }
}

async function readIdentity({ identityFile, agent }: SshOptions): Promise<Partial<ConnectConfig>> {
  if (identityFile === undefined) {
    if (agent !== undefined && agent !== "") return { agent };
    throw new RemoteError(
      "identity",
      "There is no key to log in with: name an identityFile, or start the server where SSH_AUTH_SOCK is set.",
    );
  }
  try {
    return { privateKey: (await readFile(identityFile)).subarray(0, largestFile) };
  } catch (error) {
    throw new RemoteError("identity", `The key ${identityFile} cannot be read: ${messageOf(error)}`, error);
  }
}

function refusalOf(
  { host, port }: SshOptions,
  known: readonly KnownHosts[],
  key: Buffer,
): RemoteError | null {
  const { verdict, where } = judgeHostKey(known, host, port, key);
  if (verdict === "known") return null;
  const name = knownHostName(host, port);
  const print = fingerprint(key);
  const words = {
    unknown:
      `The host key of ${name} is not known (${print}). Compare it with the one that the host itself shows ` +
      `(ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then log in once with ssh to add it.`,
    changed:
      `The host key of ${name} has changed: it shows ${print}, and ${where} has another one. Somebody may be in ` +
      `between. If the host was set up anew, remove the old key with: ssh-keygen -R '${name}'`,
    revoked: `The host key of ${name} (${print}) is marked as revoked in ${where}. Give the host a new key.`,
    authority:
      `Of ${name} only a certificate authority is known (${where}), and certificates of hosts are not checked here. ` +
      `Add the host's own key (${print}) to known_hosts.`,
  };
  return new RemoteError("hostKey", words[verdict]);
}

function explain(error: unknown, { host, port, user, identityFile }: SshOptions): RemoteError {
  if (error instanceof RemoteError) return error;
  const where = `${user}@${host}:${port}`;
  const level = error instanceof Error && "level" in error ? String(error.level) : "";
  const message = messageOf(error);
  if (level === "client-authentication")
    return new RemoteError(
      "identity",
      `${where} does not accept ${identityFile ?? "any key of the agent"}.`,
      error,
    );
  if (/passphrase|parse privateKey|key format/i.test(message))
    return new RemoteError(
      "identity",
      `The key ${identityFile} cannot be used (${message}): it must be a private key without a passphrase; ` +
        "for one with a passphrase use ssh-agent.",
      error,
    );
  return new RemoteError("unreachable", `${where} cannot be reached: ${message}`, error);
}
