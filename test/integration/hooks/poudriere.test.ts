import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { intakeBundle } from "../../../server/src/evidence/bundle.ts";
import { bundleFolders, readMeta, readRecords } from "../../fixtures/dsynth/hooks.ts";
import { type Bulk, createBulk } from "../../fixtures/poudriere/bulk.ts";

const phase = (name: string) =>
  `=======================<phase: ${name.padEnd(15)}>============================\n`;
const footer = `${"=".repeat(75)}\n`;
const failing = `${phase("configure")}checking for error.h... not found\n${footer}${phase("build")}cc -c bad.c
bad.c:2:10: fatal error: sys/nothere.h: No such file or directory
*** Error code 1
`;
const badlib = { origin: "devel/badlib", pkgname: "badlib-0.9" };

let bulk: Bulk;
beforeEach(async () => {
  bulk = await createBulk();
});
afterEach(() => bulk.remove());

const records = () => readRecords(join(bulk.evidence, "journal/events.log"));

it("poudriere's hooks leave the same evidence of a whole build", async () => {
  const port = join(bulk.jail, "usr/ports/devel/badlib");
  await mkdir(port, { recursive: true });
  await writeFile(join(port, "Makefile"), "PORTNAME=badlib\n");
  await writeFile(join(bulk.jail, "etc/make.conf"), "GH_TOKEN=hunter2\nWITH_X=1\n");
  await writeFile(join(bulk.root, "poudriere.conf"), "ZPOOL=zroot\n");
  await mkdir(join(bulk.jail, "var/db/ports/devel_badlib"), { recursive: true });
  await writeFile(join(bulk.jail, "var/db/ports/devel_badlib/options"), "OPTIONS_FILE_SET+=DOCS\n");

  await bulk.call("bulk", "start");
  await bulk.success({ origin: "devel/flv", flavor: "py39", pkgname: "flv-py39-7.0" });
  await bulk.success({ origin: "devel/flv", flavor: "py39", pkgname: "flv-py39-7.0_1" });
  await bulk.ignored({ origin: "sysutils/ignoreme", pkgname: "ignoreme-5" }, "is marked as broken: no");
  await bulk.failed(badlib, "build", "compiler_error", failing);
  await bulk.skipped({ origin: "www/needbad", pkgname: "needbad-1.1" }, "devel/badlib");
  await writeFile(join(bulk.logs, ".data.json"), "{}");
  expect(await bulk.call("bulk", "done", "2", "1", "1", "1", "0")).toBe("");

  const all = await records();
  expect(all.map(({ ev, origin, flavor, made }) => [ev, origin, flavor, made])).toEqual([
    ["run_start", undefined, undefined, undefined],
    ["success", "devel/flv", "py39", "package"],
    ["success", "devel/flv", "py39", "package"],
    ["ignored", "sysutils/ignoreme", "", undefined],
    ["failure", "devel/badlib", "", undefined],
    ["skipped", "www/needbad", "", undefined],
    ["run_end", undefined, undefined, undefined],
  ]);
  expect(all[0]).toMatchObject({ builder: "poudriere", profile: "140amd64-default", logs: bulk.logs });
  expect(all[0]?.run).toMatch(/^\d{8}T\d{6}Z-140amd64-default-2026-11-23_17h01m02s$/);
  expect(new Set(all.map((record) => record.run)).size).toBe(1);
  expect(all.at(-1)).toMatchObject({ built: "2", failed: "1", ignored: "1", skipped: "1" });

  const [folder = "", ...more] = await bundleFolders(bulk.evidence);
  expect(more).toEqual([]);
  expect(await readMeta(folder)).toMatchObject({
    builder: "poudriere",
    origin: "devel/badlib",
    flavor: "",
    pkgname: "badlib-0.9",
    result: "failure",
    phase: "build",
    slot: "03",
    duration: "00:01:07",
    said: "compiler_error",
    log_state: "kept",
    cut: "",
  });
  expect(await readdir(join(folder, "port"))).toEqual(["Makefile"]);
  expect(await readFile(join(folder, "profile/make.conf"), "utf8")).toBe("GH_TOKEN= ***\nWITH_X=1\n");
  expect((await readdir(join(folder, "profile"))).sort()).toEqual(["make.conf", "poudriere.conf"]);
  expect(await readFile(join(folder, "options/options"), "utf8")).toContain("DOCS");
  // The log as it was when the hook was called, before its trailer.
  const log = gunzipSync(await readFile(join(folder, "logs/full.log.gz"))).toString();
  expect(log.endsWith(failing)).toBe(true);
  const errors = await readFile(join(folder, "logs/errors.txt"), "utf8");
  expect(errors.split("# end of the log\n")[0]).not.toContain("error.h");
  const run = join(bulk.evidence, "runs", all[0]?.run ?? "");
  expect((await readdir(join(run, "lists"))).sort()).toEqual(
    ["built", "failed", "ignored", "skipped"].map((name) => `poudriere.ports.${name}`),
  );
  expect(await readdir(join(run, "report"))).toEqual(["data.json"]);

  const { distillation } = await intakeBundle(folder);
  expect(distillation).toMatchObject({ classification: "compile-error", phase: "build" });
});

it("a flavor is found in the list, for the very package and no other", async () => {
  await bulk.call("bulk", "start");
  await bulk.failed(
    { origin: "devel/flv", flavor: "py311", pkgname: "flv-py311-7.0" },
    "configure",
    "",
    "x\n",
  );
  await bulk.failed({ origin: "devel/flv", flavor: "py39", pkgname: "flv-py311-7.0_1" }, "build", "", "x\n");
  await bulk.failed({ origin: "devel/flv", pkgname: "flv-7.0" }, "build", "", "x\n");
  const failed = (await records()).slice(1).map(({ flavor, phase: at }) => [flavor, at]);
  expect(failed).toEqual([
    ["py311", "configure"],
    ["py39", "build"],
    ["", "build"],
  ]);
});

it("a port of poudriere's own overlays is taken from there, and no other path is believed", async () => {
  await bulk.call("bulk", "start");
  for (const folder of ["usr/ports/devel/badlib", "overlays/mine/devel/badlib", "secret/devel/badlib"]) {
    await mkdir(join(bulk.jail, folder), { recursive: true });
    await writeFile(join(bulk.jail, folder, `from-${folder.split("/")[0]}`), "");
  }
  const taken = async (directory: string, pkgname: string) => {
    await bulk.failed({ ...badlib, pkgname, directory }, "build", "", failing);
    const bundle = (await records()).at(-1)?.bundle ?? "";
    return readdir(join(bulk.evidence, "bundles", bundle, "port"));
  };
  expect(await taken("/overlays/mine/devel/badlib", "badlib-1")).toEqual(["from-overlays"]);
  expect(await taken("/usr/../../jail/secret/devel/badlib", "badlib-2")).toEqual(["from-usr"]);
  expect(await taken("/secret/devel/other", "badlib-3")).toEqual(["from-usr"]);
});

it("a build that crashes is over; one that was never announced still leaves evidence", async () => {
  await bulk.failed(badlib, "build", "", failing);
  expect((await records())[0]?.run).toMatch(/-2026-11-23_17h01m02s-adhoc$/);
  await bulk.call("bulk", "start");
  await bulk.call("bulk", "crashed");
  const [, start, end] = await records();
  expect(end).toMatchObject({ ev: "run_end", run: start?.run, built: "" });
});

it("nothing that goes wrong ends a build", async () => {
  const every = async () => {
    for (const event of ["start", "done", "crashed", "unheard of"])
      expect(await bulk.call("bulk", event)).toBe("");
    for (const event of ["success", "failed", "ignored", "skipped", "unheard of"]) {
      expect(await bulk.call("pkgbuild", event, "devel/a", "a-1", "x", "/nowhere")).toBe("");
      expect(await bulk.call("pkgbuild", event, "../../$(id)\n*", "*/../..", "-rf", "x")).toBe("");
      expect(await bulk.call("pkgbuild", event)).toBe("");
    }
  };
  await every();
  expect((await readdir(bulk.root)).sort()).toEqual(["data", "evidence", "poudriere.d"]);
  await rm(bulk.evidence, { recursive: true });
  await symlink("/nonexistent/nowhere", bulk.evidence);
  await every();
  await rm(join(bulk.plugin, "hook_bundle.sh"));
  await writeFile(join(bulk.plugin, "hook_run.sh"), "if then (\n");
  await every();
  await rm(join(bulk.plugin, "hook_poudriere.sh"));
  await every();
  await rm(join(bulk.plugin, "hook_common.sh"));
  await every();
});
