import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
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
  readRecords,
} from "../../fixtures/dsynth/hooks.ts";

const silent = { status: 0, signal: null, output: "" };
let place: HookPlace;
let port: string;
beforeEach(async () => {
  place = await createHookPlace();
  port = join(place.ports, "devel/badlib");
  await mkdir(port, { recursive: true });
  await writeFile(join(port, "Makefile"), "PORTNAME=badlib\n");
});
afterEach(() => place.remove());

async function fail(): Promise<{ folder: string; meta: Fields; files: string[] }> {
  expect(await place.run("pkg_failure", portVariables("devel/badlib"))).toEqual(silent);
  const folder = (await bundleFolders(place.evidence)).at(-1) ?? "";
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  return { folder, meta: await readMeta(folder), files };
}

async function put(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

describe("the overlay of a port", () => {
  const composed = { "Makefile.DragonFly": "composed\n", "dragonfly/patch-a": "composed\n" };

  it("is kept as far as it was composed into the port", async () => {
    await put(port, composed);
    const { files, meta } = await fail();
    expect(files.filter((name) => name.startsWith("port/"))).toEqual([
      "port/Makefile",
      "port/Makefile.DragonFly",
      "port/dragonfly/patch-a",
    ]);
    expect(meta).toMatchObject({ overlay: "", cut: "" });
  });

  it("is completed from the checkout that the configuration names", async () => {
    const checkout = join(place.root, "DeltaPorts");
    await put(port, composed);
    await put(join(checkout, "ports/devel/badlib"), {
      "Makefile.DragonFly": "edited since\n",
      "Makefile.DragonFly.@2026Q3": "target\n",
      "diffs/Makefile.diff": "diff\n",
      "overlay.dops": "dops\n",
      "dragonfly/patch-b": "b\n",
      STATUS: "PORT\n",
    });
    await place.configure(`overlay=${checkout}`);
    const { folder, files, meta } = await fail();
    expect(meta).toMatchObject({ overlay: checkout, cut: "", left_out: "" });
    expect(files.filter((name) => name.startsWith("port/"))).toEqual([
      "port/Makefile",
      "port/Makefile.DragonFly",
      "port/Makefile.DragonFly.@2026Q3",
      "port/STATUS",
      "port/diffs/Makefile.diff",
      "port/dragonfly/patch-a",
      "port/dragonfly/patch-b",
      "port/overlay.dops",
    ]);
    // What was built stands first; the checkout may have gone on since.
    expect(await readFile(join(folder, "port/Makefile.DragonFly"), "utf8")).toBe("composed\n");
  });

  it("that is not there is named", async () => {
    await place.configure(`overlay=${place.root}/nowhere`);
    await place.run("run_start", { PORTS_QUEUED: "1" });
    expect((await fail()).meta.cut).toBe("overlay:missing");
    expect(await readFile(join(place.evidence, "hooks.log"), "utf8")).toMatch(
      /hook_run_start\[\d+\] overlay=\S+ has no folder named ports\n/,
    );
  });
});

describe("every cap", () => {
  it("on port files names them in meta.txt", async () => {
    await put(port, { "pkg-plist": "x".repeat(262_145), "files/fits": "x".repeat(262_144) });
    await symlink("Makefile", join(port, "files/link"));
    const { files, meta } = await fail();
    expect(files).toContain("port/files/fits");
    expect(meta.cut).toBe("port:files-left-out");
    expect(meta.left_out?.split("\n").sort()).toEqual(["port/files/link", "port/pkg-plist"]);
  });

  it("on their number holds, for the port and for its overlay", async () => {
    const checkout = join(place.root, "DeltaPorts");
    const many = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`files/${prefix}${index}`, "x"]));
    await put(port, many("port", 410));
    await put(join(checkout, "ports/devel/badlib"), many("overlay", 160));
    await place.configure(`overlay=${checkout}`);
    const { files, meta } = await fail();
    expect(files.filter((name) => name.startsWith("port/"))).toHaveLength(400 + 150);
    expect(meta.cut).toBe("port:files-left-out,overlay:files-left-out");
    expect(meta.left_out?.split("\n")).toHaveLength(11 + 10);
  });

  it("on their sum holds, and the list of what was left out is bounded too", async () => {
    const name = (index: number) => `files/${String(index).padStart(200, "x")}`;
    await put(
      port,
      Object.fromEntries(Array.from({ length: 40 }, (_, index) => [name(index), "y".repeat(200_000)])),
    );
    const { files, meta } = await fail();
    expect(files.filter((file) => file.startsWith("port/files/"))).toHaveLength(10);
    expect(meta.cut).toBe("port:files-left-out");
    expect((meta.left_out ?? "").length).toBeLessThan(2300);
    expect(meta.left_out?.endsWith("\n...")).toBe(true);
  });

  it("on options and settings names them", async () => {
    await put(join(place.root, "options/devel_badlib"), { options: "#\n".repeat(40_000) });
    await put(place.etc, { "LiveSystem-make.conf": "WITH_X=1\n".repeat(10_000) });
    const { folder, meta } = await fail();
    expect(meta.cut).toBe("options:cut,profile:LiveSystem-make.conf");
    expect(await readFile(join(folder, "options/options"))).toHaveLength(65_536);
    const conf = await readFile(join(folder, "profile/LiveSystem-make.conf"), "utf8");
    expect(conf.length).toBeLessThanOrEqual(65_536);
    expect(conf.endsWith("WITH_X=1\n")).toBe(true);
  });
});

describe("settings of the builder", () => {
  it("are those of the profile that ran, without secrets", async () => {
    await put(place.etc, {
      "dsynth.ini": [
        "[Global Configuration]",
        "profile_selected= Other",
        "[Other]",
        "Directory_logs= /other",
        "[LiveSystem]",
        "Directory_logs= /own",
        "Directory_distfiles= https://me:hunter2@host/dist",
        "[LiveSystem2]",
        "Directory_logs= /second",
        "",
      ].join("\n"),
      "LiveSystem-make.conf": "GITLAB_API_KEY=hunter2\nMY_PASSWD ?= hunter2\nOPTIONS_SET=DOCS\n",
    });
    const { folder } = await fail();
    expect(await readFile(join(folder, "profile/dsynth.ini"), "utf8")).toBe(
      "[LiveSystem]\nDirectory_logs= /own\nDirectory_distfiles= https://***@host/dist\n",
    );
    expect(await readFile(join(folder, "profile/LiveSystem-make.conf"), "utf8")).toBe(
      "GITLAB_API_KEY= ***\nMY_PASSWD ?= ***\nOPTIONS_SET=DOCS\n",
    );
  });
});

describe("the report of the run before", () => {
  const report = (kickoff: string) =>
    put(join(place.logs, "Report"), { "summary.json": kickoff, "01_history.json": "[]" });
  const start = () => place.run("run_start", { PORTS_QUEUED: "1" });
  const lastRun = async () => (await readRecords(place.journal)).at(-1)?.run ?? "";
  const kept = (run: string) => readdir(join(place.evidence, "runs", run)).then((names) => names.sort());

  it("that no hook saw is kept with this one before the builder wipes it", async () => {
    await report("unseen");
    await start();
    const folder = join(place.evidence, "runs", await lastRun(), "previous/report");
    expect((await readdir(folder)).sort()).toEqual(["01_history.json", "summary.json"]);
    expect(await readFile(join(folder, "summary.json"), "utf8")).toBe("unseen");
  });

  it("that its own end has saved is not kept twice", async () => {
    await start();
    await report("seen");
    await place.run("run_end", {
      PORTS_BUILT: "0",
      PORTS_FAILED: "0",
      PORTS_IGNORED: "0",
      PORTS_SKIPPED: "0",
    });
    expect(await kept(await lastRun())).toEqual(["end.txt", "lists", "report", "start.txt"]);
    await start();
    expect(await kept(await lastRun())).toEqual(["start.txt"]);
  });

  it("that is older than a run that was killed is not taken for that run's", async () => {
    await report("of an earlier one");
    await utimes(join(place.logs, "Report/summary.json"), 1e9, 1e9);
    await start();
    const killed = await lastRun();
    await start();
    expect(await kept(killed)).toEqual(["previous", "start.txt"]);
  });
});

describe("other tools than this machine's", () => {
  // All but tar(1): that of the BSDs and of GNU read a list of names, this one does not.
  const busybox = "/usr/bin/busybox";
  const tools = "awk cmp date find grep gzip head ln mkdir mv od rm sed tail tr uname wc"
    .split(" ")
    .filter((tool) => existsSync(`/usr/bin/${tool}`));
  const prefix = [
    ...["bwrap", "--bind", "/", "/", "--dev", "/dev"],
    ...tools.flatMap((tool) => ["--ro-bind", busybox, realpathSync(`/usr/bin/${tool}`)]),
    ...["--", busybox, "sh"],
  ];
  const works = spawnSync(prefix[0] ?? "", [...prefix.slice(1), "-c", "awk 'BEGIN { exit 0 }'"]).status === 0;

  it.runIf(works)("make the same bundle", async () => {
    const checkout = join(place.root, "DeltaPorts");
    await put(port, { "files/patch-a b": "a\n", "files/odd\nname": "", "pkg-plist": "x".repeat(300_000) });
    await put(join(checkout, "ports/devel/badlib"), { STATUS: "PORT\n" });
    await put(place.etc, { "dsynth.ini": "[Other]\nx\n[LiveSystem]\ny\n" });
    await put(place.logs, {
      "devel___badlib.log": `-- Phase: build\n${"x\n".repeat(500)}\x1b[1mbad.c:1: error: no\n\0*** Error code 1\n`,
      "02_failure_list.log": "[001] FAILURE devel/badlib 2    build 00:00:01\n",
      "00_last_results.log": "[001] devel/badlib Build phase 'build' failed exit 1\n",
    });
    await place.configure(`overlay=${checkout}`, "target=@2026Q3");
    const contents = async (folder: string, files: string[]) =>
      Promise.all(
        files.map(async (name) => {
          const bytes = await readFile(join(folder, name));
          const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
          return [name, text.replace(/^(captured|run|run_started)=.*$/gm, "$1=")];
        }),
      );
    const own = await fail();
    expect(await place.run("pkg_failure", portVariables("devel/badlib"), prefix)).toEqual(silent);
    const all = await readRecords(place.journal);
    const other = join(place.evidence, "bundles", all.at(-1)?.bundle ?? "");
    expect(await contents(other, own.files)).toEqual(await contents(own.folder, own.files));
    expect(own.meta.left_out?.split("\n").sort()).toEqual(["port/pkg-plist", "port:1-odd-names"]);
  });
});
