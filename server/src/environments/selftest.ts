import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "./errors.ts";
import { type Layout, ownFolders } from "./layout.ts";
import { runProcess } from "./process.ts";
import { removeTree } from "./remove.ts";
import { bwrapArguments } from "./sandbox/bwrap.ts";
import { baseVariables } from "./sandbox/variables.ts";
import type { HealthCheck } from "./types.ts";

/** What holds inside, as a shell can see it: one `name=yes|no` line for each promise. */
const probe = `
say() { if eval "$2" >/dev/null 2>&1; then echo "$1=yes"; else echo "$1=no"; fi; }
say no-network '! grep -v -e lo: -e "|" /proc/net/dev'
say no-secrets '! env | grep PORTWRIGHT_SELF_TEST'
say upstream-read-only '! touch /work/freebsd-ports/probe'
say overlay-read-only '! touch /work/DeltaPorts/probe'
say logs-read-only '! touch /work/logs/probe'
say work-writable 'touch /work/obj/probe && touch /usr/local/probe'
say not-root '[ "$(id -u)" != 0 ]'
say kernel-settings-read-only '! (: >>/proc/sys/kernel/core_pattern)'
say other-files-hidden '[ ! -e "$OUTSIDE" ]'
`;

const promises: Record<string, string> = {
  "no-network": "no network inside",
  "no-secrets": "no variable of the server inside",
  "upstream-read-only": "freebsd-ports cannot be written",
  "overlay-read-only": "DeltaPorts cannot be written by what runs inside",
  "logs-read-only": "logs cannot be forged by what runs inside",
  "work-writable": "builds can write their work folder and /usr/local",
  "not-root": "not uid 0 inside",
  "kernel-settings-read-only": "settings of the kernel cannot be written",
  "other-files-hidden": "other files of the host are not visible",
};

/** Starts a sandbox over empty folders in `scratch` and tries to break each promise from inside. */
export async function selfTestBwrap(
  scratch: string,
  etc: string,
  signal?: AbortSignal,
): Promise<HealthCheck[]> {
  await mkdir(scratch, { recursive: true });
  const root = await realpath(await mkdtemp(join(scratch, `.self-test-${process.pid}-`)));
  try {
    const folders = [...ownFolders, "local", "freebsd-ports", "base", "distfiles"];
    for (const name of folders) await mkdir(join(root, name));
    const outside = join(root, "outside");
    await writeFile(outside, "");
    const layout: Layout = {
      kind: "bwrap",
      root,
      freebsdPorts: join(root, "freebsd-ports"),
      base: join(root, "base"),
      distfiles: join(root, "distfiles"),
      packages: null,
    };
    const variables = { ...baseVariables, OUTSIDE: outside };
    const sandbox = bwrapArguments({
      layout,
      composed: [],
      etc,
      alsoVisible: [],
      cwd: "/work",
      variables,
      network: false,
      ownTerminal: false,
    });
    const result = await runProcess({
      argv: [...sandbox, "/bin/sh", "-c", probe],
      cwd: "/",
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", PORTWRIGHT_SELF_TEST: "secret" },
      timeoutMs: 20_000,
      signal,
      maxOutputBytes: 16384,
    });
    const said = result.output.toString();
    if (result.exitCode !== 0)
      return [
        { name: "bwrap", ok: false, message: `bubblewrap does not work here: ${said.trim().slice(0, 300)}` },
      ];
    return Object.entries(promises).map(([name, message]) => {
      const ok = said.includes(`${name}=yes\n`);
      return { name: `bwrap ${name}`, ok, message: ok ? message : `does not hold: ${message}` };
    });
  } catch (error) {
    const code = errorCode(error);
    return [
      { name: "bwrap", ok: false, message: `the self-test of bubblewrap failed: ${code || String(error)}` },
    ];
  } finally {
    await removeTree(root);
  }
}
