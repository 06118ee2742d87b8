import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
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

async function onlyBundle(): Promise<{ folder: string; meta: Fields; full: () => Promise<string> }> {
  const [folder = "", ...more] = await bundleFolders(place.evidence);
  expect(more).toEqual([]);
  return {
    folder,
    meta: await readMeta(folder),
    full: async () => gunzipSync(await readFile(join(folder, "logs/full.log.gz"))).toString(),
  };
}

describe("a bundle", () => {
  it("holds all there is to know about the failure", async () => {
    await place.configure("target=@2026Q3");
    const port = join(place.ports, "devel/badlib");
    await mkdir(join(port, "dragonfly"), { recursive: true });
    await mkdir(join(port, "work/huge"), { recursive: true });
    await writeFile(join(port, "Makefile"), "PORTNAME=badlib\n");
    await writeFile(join(port, "Makefile.DragonFly"), "USES+=gmake\n");
    await writeFile(join(port, "dragonfly/patch-a b"), "--- a\n");
    await writeFile(join(port, "work/huge/object"), "x");
    await mkdir(join(place.root, "options/devel_badlib"), { recursive: true });
    await writeFile(join(place.root, "options/devel_badlib/options"), "OPTIONS_FILE_SET+=DOCS\n");
    await writeFile(join(place.etc, "dsynth.ini"), "[LiveSystem]\n");
    await writeFile(
      join(place.etc, "LiveSystem-make.conf"),
      "MASTER_SITE_BACKUP=https://me:hunter2@host/\nGH_TOKEN=hunter2\n# TOKEN = fine\nWITH_DEBUG=1\n",
    );
    await start();
    await writeFile(log("devel___badlib.log"), badLog);
    await writeFile(
      log("02_failure_list.log"),
      `[001] FAILURE devel/badlib 12 ${"build".padStart(20)} 00:01:07\n`,
    );
    await writeFile(
      log("00_last_results.log"),
      "[000] devel/badlib Build phase 'fetch' failed exit 9\n[001] devel/badlib Build phase 'build' failed exit 1\n",
    );
    expect(await fail()).toEqual(silent);

    const { folder, meta, full } = await onlyBundle();
    expect(meta).toMatchObject({
      schema: "1",
      builder: "dsynth",
      origin: "devel/badlib",
      flavor: "",
      pkgname: "badlib-1.0.pkg",
      result: "failure",
      profile: "LiveSystem",
      target: "@2026Q3",
      phase: "build",
      slot: "001",
      duration: "00:01:07",
      skips: "12",
      exit: "1",
      dir_ports: place.ports,
      log_bytes: String(badLog.length),
      log_state: "kept",
      cut: "",
    });
    expect(Number(meta.captured)).toBeGreaterThanOrEqual(Number(meta.run_started));
    expect(await full()).toBe(badLog);
    expect((await readdir(join(folder, "port"), { recursive: true })).sort()).toEqual([
      "Makefile",
      "Makefile.DragonFly",
      "dragonfly",
      "dragonfly/patch-a b",
    ]);
    expect(await readFile(join(folder, "options/options"), "utf8")).toBe("OPTIONS_FILE_SET+=DOCS\n");
    expect(await readFile(join(folder, "profile/dsynth.ini"), "utf8")).toBe("[LiveSystem]\n");
    const conf = await readFile(join(folder, "profile/LiveSystem-make.conf"), "utf8");
    expect(conf).not.toContain("hunter2");
    expect(conf).toContain("WITH_DEBUG=1\n");

    const errors = await readFile(join(folder, "logs/errors.txt"), "utf8");
    const [found = "", end = ""] = errors.split("# end of the log\n");
    expect(found).toContain(`14:[31m${compileError}`);
    expect(found).not.toContain("error.h");
    expect(end).toContain(compileError);
    expect(errors).not.toContain("\x1b");
  });

  it("of a flavor takes that flavor's line and log", async () => {
    await start();
    await writeFile(log("devel___flv@py311.log"), badLog);
    await writeFile(log("devel___flv.log"), "wrong");
    await writeFile(
      log("02_failure_list.log"),
      "[000] FAILURE devel/flv                  build 00:00:01\n[001] FAILURE devel/flv@py311            configure 00:00:02\n",
    );
    await fail("devel/flv", "py311");
    const { folder, meta, full } = await onlyBundle();
    expect(folder).toMatch(/devel___flv@py311\.\d+$/);
    expect(meta).toMatchObject({ flavor: "py311", phase: "configure", skips: "0", slot: "001" });
    expect(await full()).toBe(badLog);
  });

  it("does not take the log of an earlier run", async () => {
    await writeFile(log("devel___badlib.log"), badLog);
    await utimes(log("devel___badlib.log"), 1e9, 1e9);
    await start();
    await fail();
    const { folder, meta } = await onlyBundle();
    expect(meta).toMatchObject({ log_state: "stale", log_bytes: "0" });
    expect(await readdir(join(folder, "logs"))).toEqual([]);
  });

  it("says what state the log was in", async () => {
    const state = async () => {
      const { meta } = await onlyBundle();
      await rm(join(place.evidence, "bundles"), { recursive: true });
      return meta.log_state;
    };
    await writeFile(log("devel___badlib.log"), badLog);
    await fail();
    expect(await state()).toBe("unverified");
    await start();
    await rm(log("devel___badlib.log"));
    await fail();
    expect(await state()).toBe("missing");
    await writeFile(log("devel___badlib.log"), "");
    await fail();
    expect(await state()).toBe("empty");
    await rm(log("devel___badlib.log"));
    await symlink("/etc/passwd", log("devel___badlib.log"));
    await fail();
    expect(await state()).toBe("missing");
  });

  it("takes the phase from the log when no list names it", async () => {
    await start();
    await writeFile(log("devel___badlib.log"), badLog);
    await fail();
    expect((await onlyBundle()).meta).toMatchObject({ phase: "build", slot: "" });
  });

  it("keeps both ends of a log over the limit", async () => {
    await place.configure("log_limit_mb=1");
    await start();
    const line = `${"x".repeat(63)}\n`;
    await writeFile(log("devel___badlib.log"), `first\n${line.repeat(40_000)}last\n`);
    await fail();
    const { meta, full } = await onlyBundle();
    const text = await full();
    expect(meta).toMatchObject({
      log_bytes: String(40_000 * 64 + 11),
      cut: "port:missing,log:middle-left-out",
    });
    expect(text.startsWith("first\n")).toBe(true);
    expect(text.endsWith("last\n")).toBe(true);
    expect(text).toContain(`\n[portwright: ${40_000 * 64 + 11 - 1048576} bytes left out]\n`);
  });

  it("keeps errors.txt small and free of control bytes for any log", async () => {
    await start();
    const noise = Buffer.alloc(3_000_000);
    for (let index = 0; index < noise.length; index++) noise[index] = (index * 7919 + (index >> 8)) % 256;
    await writeFile(
      log("devel___badlib.log"),
      Buffer.concat([Buffer.from("error \n".repeat(100_000)), noise]),
    );
    expect(await fail()).toEqual(silent);
    const errors = await readFile(join((await onlyBundle()).folder, "logs/errors.txt"));
    expect(errors.length).toBeLessThanOrEqual(200_000);
    expect(errors.some((byte) => (byte < 32 && byte !== 10 && byte !== 9) || byte === 127)).toBe(false);
  });

  it.each(["devel/..", "../secret", "devel/../secret", "/secret", "secret", "devel/.", "devel/-x"])(
    "takes neither files nor a log by the name %s",
    async (origin) => {
      await mkdir(join(place.root, "secret"));
      await mkdir(join(place.ports, "devel/-x"), { recursive: true });
      for (const folder of ["secret", "ports", "ports/devel", "ports/devel/-x"]) {
        await writeFile(join(place.root, folder, "key"), "secret");
      }
      await writeFile(log(`${origin.replace("/", "___").replaceAll("/", "_")}.log`), badLog);
      await fail(origin);
      const { folder, meta } = await onlyBundle();
      expect(meta).toMatchObject({ origin, log_file: "", log_state: "missing", cut: "port:missing" });
      expect((await readdir(folder)).sort()).toEqual(["logs", "meta.txt", "profile"]);
    },
  );

  it("leaves out port files that are too big, too many or oddly named, and says so", async () => {
    const port = join(place.ports, "devel/badlib");
    await mkdir(join(port, "files"), { recursive: true });
    await writeFile(join(port, "Makefile"), "x");
    await writeFile(join(port, "pkg-plist"), "x".repeat(300_000));
    await writeFile(join(port, "files/odd\nname"), "x");
    await symlink("/etc/passwd", join(port, "files/patch-link"));
    spawnSync("mkfifo", [join(port, "files/pipe")]);
    await start();
    await fail();
    const { folder, meta } = await onlyBundle();
    expect(await readdir(join(folder, "port"), { recursive: true })).toEqual(["Makefile"]);
    expect(meta.cut).toBe("port:files-left-out");
  });
});

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
