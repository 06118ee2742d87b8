import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bundleFolders,
  createHookPlace,
  type Fields,
  type HookPlace,
  portVariables,
  readMeta,
  readRecords,
} from "../../fixtures/dsynth/hooks.ts";

const silent = { status: 0, signal: null, output: "" };
const rule = "-".repeat(79);
const phase = (name: string, output: string, end: string) =>
  `${rule}\n-- Phase: ${name}\n${rule}\n\n${output}\n${end} 00:00:01\n\n`;
const compileError = "bad.c:2:10: fatal error: sys/nothere.h: No such file or directory\n";
const badLog =
  phase("configure", "checking for error.h... not found\n", "SUCCEEDED") +
  phase("build", `cc -c bad.c\n\x1b[31m${compileError}*** Error code 1\n`, "FAILED");

let place: HookPlace;
beforeEach(async () => {
  place = await createHookPlace();
});
afterEach(() => place.remove());

const log = (name: string) => join(place.logs, name);
const fail = (origin = "devel/badlib", flavor = "", prefix: string[] = []) =>
  place.run("pkg_failure", portVariables(origin, flavor), prefix);
const start = () => place.run("run_start", { PORTS_QUEUED: "3" });

describe("when things go wrong", () => {
  const withBwrap = (...options: string[]) => [
    "bwrap",
    "--bind",
    "/",
    "/",
    "--dev",
    "/dev",
    ...options,
    "--",
  ];
  const works = spawnSync("bwrap", ["--bind", "/", "/", "--dev", "/dev", "true"]).status === 0;
  const every: [string, Fields][] = [
    ["run_start", { PORTS_QUEUED: "1" }],
    ["pkg_success", portVariables("devel/a", "", "success")],
    ["pkg_ignored", portVariables("devel/b", "", "ignored")],
    ["pkg_skipped", portVariables("devel/c", "", "skipped")],
    ["pkg_failure", portVariables("devel/badlib")],
    ["run_end", { PORTS_BUILT: "1", PORTS_FAILED: "1", PORTS_IGNORED: "1", PORTS_SKIPPED: "1" }],
  ];
  const all = async (prefix: string[] = []) => {
    for (const [hook, variables] of every) expect(await place.run(hook, variables, prefix)).toEqual(silent);
  };

  it("a file in the way of the evidence folder is no reason to make noise", async () => {
    await writeFile(place.evidence, "in the way");
    await all();
    expect(await readFile(place.evidence, "utf8")).toBe("in the way");
  });

  it("nor is a builder without folders, lists or environment", async () => {
    for (const [hook] of every) {
      const nothing = Object.fromEntries(Object.keys(place.environment).map((key) => [key, ""]));
      expect(await place.run(hook, nothing)).toEqual(silent);
    }
    expect((await readRecords(place.journal)).length).toBe(every.length);
  });

  it("nor are libraries that are missing or broken", async () => {
    await rm(join(place.etc, "hook_bundle.sh"));
    await writeFile(join(place.etc, "hook_run.sh"), "if then (\n");
    await all();
    await rm(join(place.etc, "hook_common.sh"));
    await all();
  });

  it.runIf(works)("nor is a read-only disk", async () => {
    await start();
    await all(withBwrap("--ro-bind", place.evidence, place.evidence));
    expect(await bundleFolders(place.evidence)).toEqual([]);
  });

  it.runIf(works)("nor is a full disk: no half bundle, but the record", async () => {
    await writeFile(log("devel___badlib.log"), badLog.repeat(4000));
    await mkdir(place.evidence);
    const show = `"$0"; echo $?; cd ${place.evidence}; ls tmp bundles/*; cat journal/events.log`;
    const full = withBwrap("--size", "32768", "--tmpfs", place.evidence);
    const result = await place.run("pkg_failure", portVariables("devel/badlib"), [
      ...full,
      "/bin/sh",
      "-c",
      show,
    ]);
    expect(result.output).toMatch(
      /^0\nbundles\/\S+:\n\ntmp:\nPW1\tev=failure\t.*\torigin=devel\/badlib\t.*\t\.\n$/,
    );
    expect(result.output).not.toContain("bundle=");
  });

  it.runIf(works)("no configuration means the default folder", async () => {
    await rm(join(place.etc, "portwright-hooks.conf"));
    const show = '"$0"; cat /var/spool/portwright/journal/events.log';
    const prefix = [...withBwrap("--tmpfs", "/var"), "/bin/sh", "-c", show];
    const result = await place.run("pkg_skipped", portVariables("devel/x", "", "skipped"), prefix);
    expect(result.output).toMatch(/^PW1\tev=skipped\trun=\S+-adhoc\t.*\torigin=devel\/x\t.*\.\n$/);
  });

  it("a configuration is read, never run; what makes no sense in it is passed over", async () => {
    await place.configure(
      "target=$(touch pwned)`id`",
      "target.LiveSystem=@own",
      "target.Other=@wrong",
      "evidence=relative",
      "umask=999",
      "log_limit_mb=0",
      "keep_days=-1",
      "=",
      "no sense at all",
    );
    await start();
    const [record] = await readRecords(place.journal);
    expect(record).toMatchObject({ ev: "run_start", target: "@own" });
    await rm(place.journal);
    await place.run("run_start", { PORTS_QUEUED: "1", PROFILE: "Third" });
    expect((await readRecords(place.journal))[0]).toMatchObject({ target: "$(touch pwned)`id`" });
    expect((await readdir(place.root)).sort()).toEqual([
      "etc",
      "evidence",
      "logs",
      "options",
      "packages",
      "ports",
    ]);
  });

  it("kill -9 at any moment leaves whole bundles, or none, and whole lines", async () => {
    const seen = await createHookPlace();
    try {
      await writeFile(join(seen.logs, "devel___badlib.log"), Buffer.from(badLog.repeat(20_000)));
      for (let delay = 0; delay < 150; delay += 7) {
        const child = spawn(join(seen.etc, "hook_pkg_failure"), [], {
          env: { ...seen.environment, ...portVariables("devel/badlib") },
          stdio: "ignore",
          detached: true,
        });
        const closed = once(child, "close");
        await Promise.race([closed, sleep(delay)]);
        if (child.exitCode === null && child.pid) process.kill(-child.pid, "SIGKILL");
        await closed;
      }
      for (const folder of await bundleFolders(seen.evidence)) {
        const meta = await readMeta(folder);
        expect(meta.cut).toBe("port:missing");
        expect(gunzipSync(await readFile(join(folder, "logs/full.log.gz"))).length).toBe(
          Number(meta.log_bytes),
        );
      }
      await seen.run("pkg_skipped", portVariables("devel/x", "", "skipped"));
      expect((await readRecords(seen.journal)).at(-1)).toMatchObject({ origin: "devel/x" });
    } finally {
      await seen.remove();
    }
  });

  it("what a killed hook left is removed a day later", async () => {
    await start();
    await mkdir(join(place.evidence, "tmp/old.1"));
    await mkdir(join(place.evidence, "tmp/new.2"));
    await utimes(join(place.evidence, "tmp/old.1"), 1e9, 1e9);
    await start();
    expect(await readdir(join(place.evidence, "tmp"))).toEqual(["new.2"]);
  });

  it("a process number that comes round again does not nest bundles", async () => {
    await start();
    await fail();
    const [folder = ""] = await bundleFolders(place.evidence);
    // The next hook's number is not ours to choose; take the place of every one that may come.
    const script = `b=${folder.replace(/\d+$/, "")}; mkdir "$b$$"; exec "$0"`;
    await fail("devel/badlib", "", ["/bin/sh", "-c", script]);
    const taken = (await readRecords(place.journal)).at(-1)?.bundle ?? "";
    expect(taken).toMatch(/\.\d+-2$/);
    expect((await readMeta(join(place.evidence, "bundles", taken))).origin).toBe("devel/badlib");
  });
});
