import { access, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Check, CheckKind, EnvironmentKind } from "../protocol/index.ts";
import { amiss, inOrder } from "./check.ts";
import type { Kind } from "./kinds/types.ts";
import { baseVariables } from "./kinds/variables.ts";
import { type Layout, ownFolders } from "./layout.ts";
import { runProcess } from "./process.ts";
import { makeReadableFolder } from "./readable.ts";
import { removeTree } from "./remove.ts";
import type { ExecRequest, ExecResult } from "./types.ts";

/** What holds inside, as a shell can see it: one `name=yes|no` line for each promise. */
const probe = `
say() { if eval "$2" >/dev/null 2>&1; then echo "$1=yes"; else echo "$1=no"; fi; }
say no-network 'if [ -r /proc/net/dev ]; then ! grep -v -e lo: -e "|" /proc/net/dev
  else command -v nc && ! nc -z -w 2 127.0.0.1 "$PORT"; fi'
say no-secrets '! env | grep PORTWRIGHT_SELF_TEST'
say upstream-read-only '! touch /work/freebsd-ports/probe'
say overlay-read-only '! touch /work/DeltaPorts/probe'
say composed-read-only '! touch /work/DPorts/probe'
say logs-read-only '! touch /work/logs/probe'
say work-writable 'touch /work/obj/probe && touch /usr/local/probe'
say not-root '[ "$(id -u)" != 0 ]'
say kernel-settings-read-only '! (: >>/proc/sys/kernel/core_pattern)'
say limits '[ "$(ulimit -c)" = 0 ] && [ "$(ulimit -f)" != unlimited ]'
say other-files-hidden '[ ! -e "$OUTSIDE" ]'
`;

const promises: Record<string, readonly [CheckKind, string]> = {
  "no-network": ["network", "no network inside"],
  "no-secrets": ["secrets", "no variable of the server inside"],
  "upstream-read-only": ["upstream", "freebsd-ports cannot be written"],
  "overlay-read-only": ["confinement", "DeltaPorts cannot be written by what runs inside"],
  "composed-read-only": ["confinement", "DPorts, which environments share, cannot be written"],
  "logs-read-only": ["confinement", "logs cannot be forged by what runs inside"],
  "work-writable": ["writable", "builds can write their work folder and /usr/local"],
  "not-root": ["privileges", "not uid 0 inside"],
  "kernel-settings-read-only": ["privileges", "settings of the kernel cannot be written"],
  limits: ["limits", "no core files, and a limit for the size of a file"],
  "other-files-hidden": ["confinement", "other files of the host are not visible"],
};

/** What an operator does about a kind that does not hold. */
export function remedyFor(kind: EnvironmentKind): string {
  const another = 'name another "environment.kind" in portwright.json and start the server again';
  if (kind === "command") return `mend the tool that "environment.command" names, or ${another}`;
  if (kind === "plain")
    return 'name an isolating "environment.kind" in portwright.json, or build nothing here that you do not trust';
  if (kind === "bwrap")
    return process.platform === "linux"
      ? `install bubblewrap and allow it user namespaces, or ${another}`
      : `${another}: bubblewrap is for Linux`;
  return `mend what kind ${kind} needs of this host, or ${another}`;
}

/** Runs a command over empty folders in `scratch` and tries to break each promise of a kind from inside. */
export async function selfTest(kind: Kind, scratch: string, signal?: AbortSignal): Promise<Check[]> {
  return atTrial(kind, scratch, async (trial) => {
    const outside = join(trial.layout.root, "outside");
    await writeFile(outside, "");
    using listener = await listening();
    const script = { text: probe, variables: { OUTSIDE: outside, PORT: listener.port } };
    const result = await trial.run(script, { timeoutMs: 20_000, signal });
    const said = result.output.toString();
    if (result.exitCode !== 0) {
      const why = said.trim().slice(0, 300) || endingOf(result);
      const words = `${kind.name} does not work here: ${why}`;
      return [amiss("kind-available", kind.name, words, remedyFor(kind.name))];
    }
    return Object.entries(promises).map(([promise, [looksAt, message]]) => {
      const name = `${kind.name} ${promise}`;
      return said.includes(`${promise}=yes\n`)
        ? inOrder(looksAt, name, message)
        : amiss(looksAt, name, `does not hold: ${message}`, remedyFor(kind.name));
    });
  });
}

function endingOf({ exitCode, timedOut }: ExecResult): string {
  if (timedOut) return "it took too long";
  return exitCode === null ? "a signal ended it" : `it said nothing and ended with ${exitCode}`;
}

/** What is ended may take a moment to go. */
const looks = 20;
const lookMs = 150;

/** Ends a command whose child goes on by itself, and looks whether that one still shows signs of life. */
export async function timeLimitTest(kind: Kind, scratch: string, signal?: AbortSignal): Promise<Check[]> {
  const name = `${kind.name} time-limit`;
  const message = "what runs inside ends with its command";
  return atTrial(kind, scratch, async (trial) => {
    const pulse = join(trial.layout.root, "tmp", "pulse");
    const text =
      "n=0; while [ $n -lt 500 ]; do n=$((n+1)); echo >>/work/tmp/pulse; sleep 0.02; done & echo up; wait";
    const enough = new AbortController();
    const ends = signal ? AbortSignal.any([signal, enough.signal]) : enough.signal;
    const onOutput = () => enough.abort();
    await trial.run({ text, variables: {} }, { timeoutMs: 20_000, signal: ends, onOutput });
    for (let look = 0; look < looks && enough.signal.aborted; look++) {
      await rm(pulse, { force: true });
      await sleep(lookMs, undefined, { signal });
      const lives = await access(pulse).then(
        () => true,
        () => false,
      );
      if (!lives) return [inOrder("time-limit", name, message)];
    }
    return [amiss("time-limit", name, `does not hold: ${message}`, remedyFor(kind.name))];
  });
}

interface Trial {
  layout: Layout;
  run(
    script: { text: string; variables: Record<string, string> },
    limits: Pick<ExecRequest, "timeoutMs" | "signal" | "onOutput">,
  ): Promise<ExecResult>;
}

/** An environment of empty folders for the length of `work`, whose faults are findings. */
async function atTrial(
  kind: Kind,
  scratch: string,
  work: (trial: Trial) => Promise<Check[]>,
): Promise<Check[]> {
  await mkdir(scratch, { recursive: true });
  const root = await realpath(await mkdtemp(join(scratch, `.self-test-${process.pid}-`)));
  try {
    for (const name of [...ownFolders, "local", "freebsd-ports", "base", "distfiles"])
      await makeReadableFolder(join(root, name));
    const layout: Layout = {
      kind: kind.name,
      root,
      freebsdPorts: join(root, "freebsd-ports"),
      base: join(root, "base"),
      distfiles: join(root, "distfiles"),
      packages: null,
    };
    return await work({ layout, run: runIn(kind, layout) });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const words = `the self-test of ${kind.name} failed: ${said}`;
    return [amiss("kind-available", kind.name, words, remedyFor(kind.name))];
  } finally {
    await removeTree(root);
  }
}

const runIn =
  (kind: Kind, layout: Layout): Trial["run"] =>
  async ({ text, variables }, limits) => {
    const { release, env, ...command } = await kind.command(
      { name: "self-test", layout, composed: [], alsoVisible: [] },
      {
        argv: ["/bin/sh", "-c", text],
        cwd: "/work",
        variables: { ...baseVariables, ...variables },
        network: false,
        ownTerminal: false,
      },
    );
    try {
      const all = { ...env, PORTWRIGHT_SELF_TEST: "secret" };
      return await runProcess({ ...command, env: all, maxOutputBytes: 16384, ...limits });
    } finally {
      await release?.();
    }
  };

/** Something of the host's to reach, where no list of interfaces tells whether there is a network. */
async function listening(): Promise<{ port: string } & Disposable> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? String(address.port) : "";
  return { port, [Symbol.dispose]: () => void server.close() };
}
