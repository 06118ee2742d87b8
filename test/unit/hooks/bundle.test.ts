import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bundleFolders,
  createHookPlace,
  type Fields,
  type HookPlace,
  portVariables,
  readMeta,
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
      cut: "log:middle-left-out,port:missing",
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
