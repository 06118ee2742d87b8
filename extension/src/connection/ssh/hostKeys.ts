import { appendFile, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fingerprint, judgeHostKey, type KnownHosts, knownHostName } from "@portwright/server/knownHosts";
import { ConnectError } from "../channel.ts";
import type { Person } from "./person.ts";
import { type SshTarget, useSystemSsh } from "./target.ts";

const largestFile = 8 << 20;

/** The known_hosts files of a host. */
export function readKnownHosts({ knownHosts }: SshTarget): Promise<KnownHosts[]> {
  return Promise.all(
    knownHosts.map(async (path) => {
      try {
        return { path, text: (await readFile(path)).subarray(0, largestFile).toString("utf8") };
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return { path, text: "" };
        throw new ConnectError(
          { reason: `${path} cannot be read: ${messageOf(error)}`, problem: "hostKeyUnknown" },
          error,
        );
      }
    }),
  );
}

/** Returns once the host's key (in the wire form) is known to be its own; a new one is asked for and kept. Throws ConnectError. */
export async function checkHostKey(
  target: SshTarget,
  { key, files, person }: { key: Buffer; files: readonly KnownHosts[]; person: Person },
  signal: AbortSignal,
): Promise<void> {
  const { host, port } = target.known;
  const name = knownHostName(host, port);
  const print = fingerprint(key);
  const { verdict, where } = judgeHostKey(files, host, port, key);
  switch (verdict) {
    case "known":
      return;
    case "changed":
      throw new ConnectError({
        problem: "hostKeyChanged",
        reason:
          `the host key of ${name} has changed: it shows ${print}, and ${where} has another one. Somebody may be in ` +
          `between. If the host was set up anew, remove the old key with: ssh-keygen -R '${name}'`,
      });
    case "revoked":
      throw new ConnectError({
        problem: "hostKeyChanged",
        reason: `the host key of ${name} (${print}) is marked as revoked in ${where}: the host needs a new one`,
      });
    case "authority":
      throw new ConnectError({
        problem: "sshUnsupported",
        reason: `of ${name} only a certificate authority is known (${where}), which only OpenSSH can check: ${useSystemSsh}`,
      });
    case "unknown": {
      const type = typeOf(key);
      if (!(await person.trusts({ host: name, type, fingerprint: print }, signal)))
        throw new ConnectError({
          problem: "hostKeyUnknown",
          reason: `the host key of ${name} (${print}) is not known, and was not accepted`,
        });
      const [file] = target.knownHosts;
      if (file !== undefined) await append(file, `${name} ${type} ${key.toString("base64")}\n`);
    }
  }
}

/** The wire form begins with the key's type, its length before it. */
function typeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

/** One write, so that a line of another program's is never cut in two. */
async function append(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await appendFile(path, (await endsInLine(path)) ? `\n${line}` : line, { mode: 0o600 });
}

/** Whether the last line of the file has no end. */
async function endsInLine(path: string): Promise<boolean> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() !== "\n";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
