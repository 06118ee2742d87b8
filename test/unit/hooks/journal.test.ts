import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bundleFolders,
  createHookPlace,
  type HookPlace,
  portVariables,
  readMeta,
  readRecords,
} from "../../fixtures/dsynth/hooks.ts";

const silent = { status: 0, signal: null, output: "" };
const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]];
const present = ([name = "", ...args]: string[]) => spawnSync(name, [...args, "-c", "true"]).status === 0;

let place: HookPlace;
beforeEach(async () => {
  place = await createHookPlace();
});
afterEach(() => place.remove());

const records = () => readRecords(place.journal);
const counts = { PORTS_BUILT: "2", PORTS_FAILED: "1", PORTS_IGNORED: "0", PORTS_SKIPPED: "3" };

describe.each(shells)("the journal, by %s %s", (...shell) => {
  const command = shell
    .filter(Boolean)
    .flatMap((word) => (word === shell[0] ? [`/usr/bin/${word}`] : [word]));

  it.skipIf(!present(shell))("tells a run from its start to its end", async () => {
    const run = async (hook: string, environment = {}) =>
      expect(await place.run(hook, environment, command)).toEqual(silent);
    await run("run_start", { PORTS_QUEUED: "7" });
    await writeFile(join(place.repository, "goodlib-1.0.pkg"), "");
    await run("pkg_success", portVariables("devel/goodlib", "", "success"));
    await run("pkg_success", portVariables("devel/fetched", "py311", "success"));
    await run("pkg_failure", portVariables("devel/badlib"));
    await run("pkg_ignored", portVariables("sysutils/ignoreme", "", "ignored"));
    await run("pkg_skipped", portVariables("www/needbad", "", "skipped"));
    await run("pkg_start", portVariables("www/later"));
    await run("run_end", counts);

    const all = await records();
    expect(all.map((record) => record.ev)).toEqual([
      "run_start",
      "success",
      "success",
      "failure",
      "ignored",
      "skipped",
      "started",
      "run_end",
    ]);
    const name = all[0]?.run ?? "";
    expect(name).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-LiveSystem-${process.pid}$`));
    expect(new Set(all.map((record) => record.run))).toEqual(new Set([name]));
    expect(all[0]).toMatchObject({ profile: "LiveSystem", queued: "7", logs: place.logs, interrupted: "" });
    expect(all[1]).toMatchObject({
      origin: "devel/goodlib",
      flavor: "",
      pkgname: "goodlib-1.0.pkg",
      made: "package",
    });
    expect(all[2]).toMatchObject({ origin: "devel/fetched", flavor: "py311", made: "nothing" });
    expect(all[3]?.bundle).toMatch(new RegExp(`^${name}/devel___badlib\\.\\d+$`));
    expect(all[7]).toMatchObject({ built: "2", failed: "1", ignored: "0", skipped: "3" });
    expect(await readdir(join(place.evidence, "tmp"))).toEqual([]);
    expect(
      (await readdir(join(place.evidence, "runs"))).filter((entry) => entry.startsWith("current")),
    ).toEqual([]);
  });

  it.skipIf(!present(shell))("keeps hostile names inside the folder and its lines whole", async () => {
    const names = [
      "../../../../tmp/escape/x",
      "a/../../b",
      "$(touch pwned)/`id`",
      "devel/x\ny\tz",
      "-rf/--help",
      "%41/%",
      "é/ü\u0001",
      "'\"\\/*",
    ];
    for (const hostile of names) {
      const variables = { RESULT: "failure", ORIGIN: hostile, FLAVOR: `../${hostile}`, PKGNAME: hostile };
      expect(await place.run("pkg_failure", { PROFILE: hostile, ...variables }, command)).toEqual(silent);
    }
    const all = await records();
    expect(all.map((record) => record.origin)).toEqual(names);
    expect(all.map((record) => record.flavor)).toEqual(names.map((hostile) => `../${hostile}`));
    expect(all.map((record) => record.profile)).toEqual(names);
    for (const bundle of await bundleFolders(place.evidence))
      expect(names).toContain((await readMeta(bundle)).origin);
    expect(await bundleFolders(place.evidence)).toHaveLength(names.length);
    expect((await readdir(place.root)).sort()).toEqual([
      "etc",
      "evidence",
      "logs",
      "options",
      "packages",
      "ports",
    ]);
  });
});

describe("any name at all", () => {
  // What can stand in an environment variable.
  const text = fc
    .string({ unit: "binary", minLength: 0, maxLength: 40 })
    .map((value) => value.replaceAll("\0", ""));

  it("comes back from the journal as it was", async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (origin, flavor, pkgname) => {
        await rm(place.journal, { force: true });
        const variables = { RESULT: "skipped", ORIGIN: origin, FLAVOR: flavor, PKGNAME: pkgname };
        expect(await place.run("pkg_skipped", variables)).toEqual(silent);
        const back = (await records())[0];
        const cut = (value: string, bytes: number) =>
          Buffer.byteLength(encodeURIComponent(value.toWellFormed())) > bytes;
        if (!cut(origin, 160)) expect(back?.origin).toBe(origin.toWellFormed());
        if (!cut(flavor, 64)) expect(back?.flavor).toBe(flavor === origin ? "" : flavor.toWellFormed());
        if (!cut(pkgname, 160)) expect(back?.pkgname).toBe(pkgname.toWellFormed());
      }),
      { numRuns: 60 },
    );
  });

  it("gives a bundle in its run's folder and nowhere else", async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (origin, flavor, profile) => {
        await rm(place.evidence, { recursive: true, force: true });
        const variables = {
          RESULT: "failure",
          ORIGIN: origin,
          FLAVOR: flavor,
          PKGNAME: "x",
          PROFILE: profile,
        };
        expect(await place.run("pkg_failure", variables)).toEqual(silent);
        const [bundle, ...more] = await bundleFolders(place.evidence);
        expect(more).toEqual([]);
        expect(bundle).toMatch(/\/bundles\/[A-Za-z0-9_+@.-]+\/[A-Za-z0-9_+@][A-Za-z0-9_+@.-]*\.\d+$/);
        expect((await records())[0]?.bundle).toBe(bundle?.split("/").slice(-2).join("/"));
        expect((await readdir(place.root)).sort()).toEqual([
          "etc",
          "evidence",
          "logs",
          "options",
          "packages",
          "ports",
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it.each(["é", "x", "\n"])("that is far too long is cut, never two writes: %j", async (letter) => {
    const long = letter.repeat(3000);
    const variables = { RESULT: "failure", ORIGIN: long, FLAVOR: `x${long}`, PKGNAME: long, PROFILE: long };
    expect(await place.run("pkg_failure", variables)).toEqual(silent);
    const [record] = await records();
    expect(long.startsWith(record?.origin?.replace("\ufffd", "") ?? "-")).toBe(true);
    expect(await bundleFolders(place.evidence)).toHaveLength(1);
  });
});

describe("hooks at the same time", () => {
  it("never mix their lines", async () => {
    await place.run("run_start", { PORTS_QUEUED: "60" });
    const origins = Array.from({ length: 60 }, (_, index) => `devel/port${index}`);
    const hooks = ["pkg_success", "pkg_failure", "pkg_skipped"];
    await Promise.all(
      origins.map((origin, index) => place.run(hooks[index % 3] ?? "", portVariables(origin))),
    );
    const all = (await records()).slice(1);
    expect(all.map((record) => record.origin).sort()).toEqual(origins.sort());
    expect(await bundleFolders(place.evidence)).toHaveLength(20);
    expect(new Set(all.map((record) => record.run)).size).toBe(1);
  });

  it("agree on a name for a run whose start they did not see", async () => {
    const origins = Array.from({ length: 12 }, (_, index) => `devel/port${index}`);
    await Promise.all(origins.map((origin) => place.run("pkg_failure", portVariables(origin))));
    const runs = new Set((await records()).map((record) => record.run));
    expect(runs.size).toBe(1);
    expect([...runs][0]).toMatch(/-adhoc$/);
  });

  it("do not take the run of another builder process for theirs", async () => {
    await place.run("run_start", { PORTS_QUEUED: "1" });
    // A shell in between makes for another parent.
    await place.run("pkg_skipped", portVariables("devel/x", "", "skipped"), ["/bin/sh", "-c", '"$0"; :']);
    const [start, skipped] = await records();
    expect(skipped?.run).not.toBe(start?.run);
  });
});

describe("the run before", () => {
  it("that never ended is named, and its report saved before the builder removes it", async () => {
    await place.run("run_start", { PORTS_QUEUED: "1" });
    await mkdir(join(place.logs, "Report"));
    await writeFile(join(place.logs, "Report/summary.json"), '{"active":1}');
    await writeFile(join(place.logs, "Report/01_history.json"), "[]");
    await place.run("run_start", { PORTS_QUEUED: "1" });
    const [first, second] = await records();
    expect(second?.interrupted).toBe(first?.run);
    expect(second?.run).not.toBe(first?.run);
    const kept = join(place.evidence, "runs", first?.run ?? "", "report");
    expect((await readdir(kept)).sort()).toEqual(["01_history.json", "summary.json"]);
  });

  it("that ended leaves lists, report and counts", async () => {
    await place.run("run_start", { PORTS_QUEUED: "1" });
    for (const name of ["01_success_list", "02_failure_list", "03_ignored_list", "04_skipped_list"]) {
      await writeFile(join(place.logs, `${name}.log`), `${name}\n`);
    }
    await place.run("run_end", counts);
    const folder = join(place.evidence, "runs", (await records())[0]?.run ?? "");
    expect((await readdir(join(folder, "lists"))).length).toBe(4);
    expect(await readFile(join(folder, "end.txt"), "utf8")).toContain("\nbuilt=2\nfailed=1\n");
  });

  it("goes with its evidence after keep_days", async () => {
    await place.configure("keep_days=10");
    await place.run("run_start", { PORTS_QUEUED: "1" });
    await place.run("pkg_failure", portVariables("devel/x"));
    await place.run("run_end", counts);
    const old = (await records())[0]?.run ?? "";
    for (const kind of ["runs", "bundles"]) {
      await utimes(join(place.evidence, kind, old), 0, 0);
      await mkdir(join(place.evidence, kind, "fresh"));
    }
    await place.run("run_start", { PORTS_QUEUED: "1" });
    expect(await readdir(join(place.evidence, "bundles"))).toEqual(["fresh"]);
    expect(await readdir(join(place.evidence, "runs"))).not.toContain(old);
  });
});

describe("where the hooks live", () => {
  it("may be another folder that links point at; the configuration stays beside the links", async () => {
    const links = join(place.root, "links");
    await mkdir(links);
    for (const name of ["hook_pkg_skipped", "hook_common.sh", "hook_rare.sh"])
      await symlink(join(place.etc, name), join(links, name));
    await writeFile(join(links, "portwright-hooks.conf"), `evidence=${place.root}/other\n`);
    expect(
      await place.run("pkg_skipped", portVariables("devel/x"), [
        "/bin/sh",
        "-c",
        `exec ${links}/hook_pkg_skipped`,
      ]),
    ).toEqual(silent);
    expect(await readRecords(join(place.root, "other/journal/events.log"))).toHaveLength(1);
  });

  it("is private to root by default", async () => {
    await place.run("run_start", { PORTS_QUEUED: "1" });
    expect((await stat(place.evidence)).mode & 0o777).toBe(0o700);
    expect((await stat(place.journal)).mode & 0o777).toBe(0o600);
  });
});
