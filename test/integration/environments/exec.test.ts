import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../../server/src/environments/types.ts";
import { createPlace, kinds, type Place } from "./support.ts";

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

describe.each(kinds)("exec in kind %s", (kind) => {
  let environment: Environment;
  beforeAll(async () => {
    environment = await (await place.manager(kind)).create({ name: `${kind}-exec`, target: "@t" });
  });
  const sh = (script: string, more: Partial<Parameters<Environment["exec"]>[0]> = {}) =>
    environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 20_000, ...more });

  it("clears away folders deeper than any path can name", async () => {
    const depth = await sh(
      "cd /work/obj; p=$(printf 'd%.0s/' $(seq 900)); for i in 1 2 3; do mkdir -p $p && cd -P $p; done; echo made",
    );
    expect(depth.output.toString()).toContain("made");
    await environment.clean();
    expect((await environment.files.list("/work/obj")).entries).toEqual([]);
  });

  it.runIf(process.platform === "linux")("is ended before the server where memory runs out", async () => {
    const result = await sh("cat /proc/self/oom_score_adj");
    expect(Number(result.output.toString())).toBeGreaterThanOrEqual(500);
  });

  it("gives exit status and both outputs in order", async () => {
    const result = await sh("echo one; echo two >&2; echo three; exit 7");
    expect(result).toMatchObject({ exitCode: 7, timedOut: false, cancelled: false, truncated: false });
    expect(result.output.toString()).toBe("one\ntwo\nthree\n");
  });

  it("reports a command that does not exist as a failure", async () => {
    const result = await environment.exec({ argv: ["no-such-command-here"], timeoutMs: 5000 });
    expect(result.exitCode).toBeGreaterThan(0);
    expect(result.output.toString()).toContain("no-such-command-here");
  });

  it("passes no variable of the server, and what the request adds", async () => {
    process.env.PORTWRIGHT_TEST_SECRET = "canary-4711";
    try {
      const result = await sh("env", { env: { ADDED: "yes" } });
      const names = result.output
        .toString()
        .trim()
        .split("\n")
        .map((line) => line.split("=")[0]);
      expect(names).toContain("ADDED");
      const known = [
        "ADDED",
        "HOME",
        "LANG",
        "OLDPWD",
        "PATH",
        "PWD",
        "SHLVL",
        "TERM",
        "TMPDIR",
        "TZ",
        "USER",
        "_",
      ];
      expect(names.filter((name) => !known.includes(name ?? ""))).toEqual([]);
      expect(result.output.toString()).not.toContain("canary");
    } finally {
      delete process.env.PORTWRIGHT_TEST_SECRET;
    }
  });

  it("speaks in /work paths, in and out", async () => {
    const seen: Buffer[] = [];
    const result = await sh('pwd; cd "$PLACE" && pwd; echo "$1"', {
      cwd: "/work/obj",
      env: { PLACE: "/work/DPorts/devel" },
      onOutput: (chunk) => seen.push(Buffer.from(chunk)),
    });
    expect(result.output.toString()).toBe("/work/obj\n/work/DPorts/devel\n\n");
    expect(Buffer.concat(seen).toString()).toBe("/work/obj\n/work/DPorts/devel\n\n");
    expect(result.output.toString()).not.toContain(environment.root);
  });

  it("keeps head and tail of a long output and streams all of it", async () => {
    let streamed = 0;
    const result = await sh("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last", {
      maxOutputBytes: 4000,
      onOutput: (chunk) => {
        streamed += chunk.length;
      },
    });
    const text = result.output.toString();
    expect(result.truncated).toBe(true);
    expect(text.startsWith("first\n")).toBe(true);
    expect(text.endsWith("x\nlast\n")).toBe(true);
    expect(text).toMatch(/\[\.\.\. \d+ bytes cut \.\.\.\]/);
    expect(text.length).toBeLessThan(4200);
    expect(streamed).toBe(3_000_000 + 12);
  });

  it("ends the whole process group on timeout, also when it ignores SIGTERM", async () => {
    const started = Date.now();
    const result = await sh("trap '' TERM; sleep 97531 & sleep 97531", { timeoutMs: 300 });
    expect(result).toMatchObject({ exitCode: null, timedOut: true, cancelled: false });
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(await running("sleep 97531")).toBe(false);
  });

  it("ends the whole process group on abort", async () => {
    const stop = new AbortController();
    const call = sh("echo up; sleep 86420 & sleep 86420", {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    expect(await call).toMatchObject({ exitCode: null, timedOut: false, cancelled: true });
    expect(await running("sleep 86420")).toBe(false);
    expect(await sh("echo never", { signal: stop.signal })).toMatchObject({
      cancelled: true,
      exitCode: null,
    });
  });

  it("is not held up by a daemon that keeps the output open", async () => {
    const result = await sh("sleep 75319 & echo done");
    expect(result.exitCode).toBe(0);
    expect(result.output.toString()).toBe("done\n");
    expect(await running("sleep 75319")).toBe(false);
  });

  it("has no input and leaves no core files", async () => {
    expect((await sh("cat; ulimit -c")).output.toString()).toBe("0\n");
  });
});

describe.runIf(kinds.includes("bwrap"))("the sandbox", () => {
  let environment: Environment;
  beforeAll(async () => {
    environment = await (await place.manager("bwrap")).create({ name: "sandbox", target: "@t" });
  });
  const sh = async (script: string, network = false) =>
    (
      await environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 20_000, network })
    ).output.toString();

  it("reaches the host's network only when asked", async () => {
    const server = createServer((_, answer) => answer.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const probe = `python3 -c 'import socket; s = socket.create_connection(("127.0.0.1", ${port}), 3); print("reached")' 2>&1 | tail -1`;
    expect(await sh(probe)).not.toContain("reached\n");
    expect(await sh(probe, true)).toContain("reached\n");
    server.close();
  });

  it.each([
    ["/work/freebsd-ports"],
    ["/work/DeltaPorts"],
    ["/work/DPorts/devel/gmake"],
    ["/work/logs"],
    ["/work/distfiles"],
    ["/usr/bin"],
    ["/etc"],
    ["/"],
  ])("cannot write %s", async (folder) => {
    expect(await sh(`touch ${folder}/probe 2>/dev/null && echo wrote || echo refused`)).toBe("refused\n");
  });

  it.each([["/work/obj"], ["/work/packages"], ["/work/tmp"], ["/usr/local"], ["/tmp"]])(
    "can write %s",
    async (folder) => {
      expect(await sh(`touch ${folder}/probe && echo wrote`)).toBe("wrote\n");
    },
  );

  it("writes distfiles only while the network is there", async () => {
    expect(await sh("touch /work/distfiles/fetched && echo wrote", true)).toBe("wrote\n");
  });

  it("sees nothing else of the host", async () => {
    expect(await sh(`ls -A /root /home /var ${place.folder} 2>&1 | grep -v 'No such file' || true`)).toBe("");
    expect(await sh("ls /work/freebsd-ports/.git | wc -l")).toBe("0\n");
    expect(await sh("id -u; grep -c . /etc/passwd")).toBe("1001\n2\n");
    expect((await sh("ps ax 2>/dev/null | wc -l")).trim().length).toBeLessThan(3);
    expect(await sh("tr '\\0' '\\n' </proc/1/environ | grep -c PORTWRIGHT || true")).toBe("0\n");
  });

  it("gives each environment a /usr/local of its own, emptied by clean", async () => {
    await sh(
      "mkdir -p /usr/local/lib && touch /usr/local/lib/liba.so /work/obj/thing && chmod 500 /usr/local/lib",
    );
    expect(await sh("ls /usr/local /work/obj")).toContain("lib");
    await environment.clean();
    expect(await sh("ls -A /usr/local /work/obj")).toBe("/usr/local:\n\n/work/obj:\n");
  });

  it("ends with the server, also when that is killed", async () => {
    const manager = JSON.stringify(join(import.meta.dirname, "../../../server/src/environments/manager.ts"));
    const script = `
      import { createEnvironmentManager } from ${manager};
      const manager = await createEnvironmentManager({
        config: ${JSON.stringify(place.config("bwrap"))},
        stateDir: ${JSON.stringify(place.stateDir)}, now: Date.now, newId: () => String(Math.random()),
      });
      const environment = await manager.open("sandbox");
      await environment.exec({
        argv: ["/bin/sh", "-c", "echo up; sleep 64208"], timeoutMs: 600000, onOutput: () => console.log("up"),
      });`;
    const server = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(server.stdout, "data");
    server.kill("SIGKILL");
    await once(server, "exit");
    expect(await running("sleep 64208")).toBe(false);
  });

  it("opens no setting of the kernel for writing", async () => {
    // Opened and not written: without the guard this would reach the machine that runs the test.
    const script = `for name in kernel/core_pattern vm/drop_caches kernel/hostname; do
      (: >>/proc/sys/$name) 2>/dev/null && echo "$name"; done; test -r /proc/sys/kernel/osrelease`;
    const result = await environment.exec({ argv: ["/bin/sh", "-c", script], timeoutMs: 10_000 });
    expect(result).toMatchObject({ exitCode: 0, output: Buffer.from("") });
  });

  it("passes its doctor", async () => {
    const checks = await (await place.manager("bwrap")).doctor();
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual(
      expect.arrayContaining([
        "bwrap no-network",
        "bwrap no-secrets",
        "bwrap kernel-settings-read-only",
        "bwrap upstream-read-only",
        "freebsd-ports",
        "make",
        "disk space",
      ]),
    );
  });
});

it("says what a plain environment lacks", async () => {
  const manager = await place.manager("plain");
  expect(manager.note).toMatch(/isolate nothing/);
  expect((await manager.doctor()).find((check) => check.name === "isolation")?.ok).toBe(false);
});

/** Whether a process with exactly this command line is alive, after a moment for it to go. */
async function running(command: string): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    const pids = execFileSync("ls", ["/proc"])
      .toString()
      .split("\n")
      .filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(join("/proc", pid, "cmdline"), "latin1").catch(() => "")),
    );
    if (!lines.some((line) => line.replaceAll("\0", " ").trim() === command)) return false;
    await sleep(100);
  }
  return true;
}
