import { spawn } from "node:child_process";
import type { BuilderDefinition } from "../../builders/definition.ts";
import { ConnectError, type Ending } from "../channel.ts";
import { type Host, programOf } from "../host.ts";
import { plain } from "../lines.ts";
import { deadMs, type Problem, pingMs } from "../state.ts";
import { messageOf } from "./hostKeys.ts";
import { remoteCommand } from "./quote.ts";

const connectSeconds = 20;
/** Status with which ssh says that it failed itself. */
const sshFailed = 255;
/** What is kept of its last words, in characters. */
const keptWords = 4000;

/**
 * Never asks, as there is no terminal: keys have to be in the agent, without a passphrase, or touched; new hosts have to be
 * made known by logging in once.
 */
const options = [
  ...["BatchMode=yes", "StrictHostKeyChecking=yes", `ConnectTimeout=${connectSeconds}`],
  ...[`ServerAliveInterval=${pingMs / 1000}`, `ServerAliveCountMax=${deadMs / pingMs}`],
  ...["RequestTTY=no", "RemoteCommand=none", "ClearAllForwardings=yes"],
].flatMap((option) => ["-o", option]);

/** What of ssh's arguments says where to go. */
export function sshWords({ host, user, port, identity }: BuilderDefinition): string[] {
  return [
    ...(user ? ["-l", user] : []),
    ...(port ? ["-p", String(port)] : []),
    ...(identity ? ["-i", identity] : []),
    ...["--", host],
  ];
}

/** A far host over the system's own ssh; each program has a connection of its own, unless ~/.ssh/config shares them. */
export function systemHost(definition: BuilderDefinition, ssh = "ssh"): Host {
  const where = sshWords(definition);
  const running = new Set<() => void>();
  return {
    async start(words) {
      let args: string[];
      try {
        args = [...options, ...where, remoteCommand(words)];
      } catch (error) {
        throw new ConnectError({ reason: messageOf(error), problem: null }, error);
      }
      const child = spawn(ssh, args, { stdio: "pipe" });
      let said = "";
      child.stderr.on("data", (chunk: Buffer | string) => {
        said = (said + chunk).slice(-keptWords);
      });
      const program = programOf(ssh, child, (status) =>
        status === sshFailed ? explain(said, definition.host) : null,
      );
      running.add(program.close);
      void program.ended.then(() => running.delete(program.close));
      return program;
    },
    dispose() {
      for (const close of running) close();
    },
  };
}

/** What ssh means; its words have been these for many years, in every locale. */
const meanings: readonly (readonly [words: RegExp, problem: Problem | null, remedy: string])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|is revoked|marked as revoked/i, "hostKeyChanged", ""],
  [
    /Host key verification failed|No .* host key is known/i,
    "hostKeyUnknown",
    "log in once with ssh in a terminal, and compare its fingerprint",
  ],
  [
    /Permission denied|Too many authentication failures|no mutual signature/i,
    "keyRefused",
    "ssh was not allowed to ask: add the key to the agent with ssh-add",
  ],
  [/Bad configuration option|command-line: line|Bad owner or permissions on/i, "sshUnsupported", ""],
];

function explain(said: string, host: string): Ending {
  const lines = said
    .split("\n")
    .map(plain)
    .filter((line) => line && !line.startsWith("@@"));
  const last = lines.at(-1) ?? `ssh to ${host} ended without a word`;
  const [, problem, remedy] = meanings.find(([words]) => words.test(said)) ?? [];
  const offending = lines.find((line) => /^Offending .* in /.test(line));
  const reason = [offending, last, remedy].filter(Boolean).join("; ");
  return { reason, problem: problem ?? null };
}
