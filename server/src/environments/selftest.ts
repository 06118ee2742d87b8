import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Kind } from "./kinds/types.ts";
import { baseVariables } from "./kinds/variables.ts";
import { type Layout, ownFolders } from "./layout.ts";
import { runProcess } from "./process.ts";
import { removeTree } from "./remove.ts";
import type { HealthCheck } from "./types.ts";

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

const promises: Record<string, string> = {
  "no-network": "no network inside",
  "no-secrets": "no variable of the server inside",
  "upstream-read-only": "freebsd-ports cannot be written",
  "overlay-read-only": "DeltaPorts cannot be written by what runs inside",
  "composed-read-only": "DPorts, which environments share, cannot be written",
  "logs-read-only": "logs cannot be forged by what runs inside",
  "work-writable": "builds can write their work folder and /usr/local",
  "not-root": "not uid 0 inside",
  "kernel-settings-read-only": "settings of the kernel cannot be written",
  limits: "no core files, and a limit for the size of a file",
  "other-files-hidden": "other files of the host are not visible",
};

/** Runs a command over empty folders in `scratch` and tries to break each promise of a kind from inside. */
export async function selfTest(kind: Kind, scratch: string, signal?: AbortSignal): Promise<HealthCheck[]> {
  await mkdir(scratch, { recursive: true });
  const root = await realpath(await mkdtemp(join(scratch, `.self-test-${process.pid}-`)));
  try {
    return await probeIn(root, kind, signal);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return [{ name: kind.name, ok: false, message: `the self-test of ${kind.name} failed: ${said}` }];
  } finally {
    await removeTree(root);
  }
}

async function probeIn(root: string, kind: Kind, signal?: AbortSignal): Promise<HealthCheck[]> {
  for (const name of [...ownFolders, "local", "freebsd-ports", "base", "distfiles"])
    await mkdir(join(root, name));
  const outside = join(root, "outside");
  await writeFile(outside, "");
  const layout: Layout = {
    kind: kind.name,
    root,
    freebsdPorts: join(root, "freebsd-ports"),
    base: join(root, "base"),
    distfiles: join(root, "distfiles"),
    packages: null,
  };
  using listener = await listening();
  const { release, env, ...command } = await kind.command(
    { name: "self-test", layout, composed: [], alsoVisible: [] },
    {
      argv: ["/bin/sh", "-c", probe],
      cwd: "/work",
      variables: { ...baseVariables, OUTSIDE: outside, PORT: listener.port },
      network: false,
      ownTerminal: false,
    },
  );
  const limits = { timeoutMs: 20_000, signal, maxOutputBytes: 16384 };
  const result = await runProcess({ ...command, env: { ...env, PORTWRIGHT_SELF_TEST: "secret" }, ...limits });
  await release?.();
  const said = result.output.toString();
  if (result.exitCode !== 0)
    return [
      {
        name: kind.name,
        ok: false,
        message: `${kind.name} does not work here: ${said.trim().slice(0, 300)}`,
      },
    ];
  return Object.entries(promises).map(([name, message]) => {
    const ok = said.includes(`${name}=yes\n`);
    return { name: `${kind.name} ${name}`, ok, message: ok ? message : `does not hold: ${message}` };
  });
}

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
