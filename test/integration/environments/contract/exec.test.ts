import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Environment } from "../../../../server/src/environments/types.ts";
import { createPlace, kinds, type Place, running } from "../support.ts";

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

  it("has no input, leaves no core files, and makes files with the modes of any build", async () => {
    expect((await sh("cat; ulimit -c; umask")).output.toString()).toBe("0\n0022\n");
  });
});
