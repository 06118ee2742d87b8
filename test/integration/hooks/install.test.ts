import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRecords } from "../../fixtures/dsynth/hooks.ts";
import { type Bulk, createBulk } from "../../fixtures/poudriere/bulk.ts";
import { makeSandbox } from "../cli/portwright.ts";

const portwright = fileURLToPath(new URL("../../../server/src/cli/main.ts", import.meta.url));
const bwrap = ["bwrap", "--bind", "/", "/", "--dev", "/dev"];
const hasBwrap = spawnSync("bwrap", [...bwrap.slice(1), "true"]).status === 0;

let bulk: Bulk;
beforeEach(async () => {
  bulk = await createBulk();
  await rm(bulk.plugin, { recursive: true });
});
afterEach(() => bulk.remove());

it("poudriere's hooks are installed as a plugin, work there, are checked and removed", async () => {
  await using sandbox = await makeSandbox();
  const hooks = (...args: string[]) =>
    sandbox.run(["hooks", ...args, "--builder", "poudriere", "--config-base", bulk.etc]);
  const own = join(bulk.etc, "hooks/pkgbuild.sh");
  await writeFile(own, "exit 0 # somebody's\n");

  expect((await hooks("check")).stderr).toContain("portwright hooks install --builder poudriere");
  const installed = await hooks("install", "--evidence", bulk.evidence);
  expect(installed).toMatchObject({ code: 0, stderr: "" });
  expect(installed.stdout).not.toContain("dsynth looks");
  expect((await readdir(bulk.plugin)).sort()).toEqual([
    "bulk.sh",
    "hook_bundle.sh",
    "hook_common.sh",
    "hook_poudriere.sh",
    "hook_rare.sh",
    "hook_run.sh",
    "pkgbuild.sh",
    "portwright-hooks.conf",
  ]);
  expect(await hooks("check")).toMatchObject({ code: 0, stderr: "" });

  await bulk.call("bulk", "start");
  await bulk.failed({ origin: "devel/a", pkgname: "a-1" }, "build", "", "cc: error: no input files\n");
  const [, failure] = await readRecords(join(bulk.evidence, "journal/events.log"));
  expect(failure).toMatchObject({ ev: "failure", origin: "devel/a", phase: "build" });
  expect(failure?.bundle).toBeTruthy();

  expect((await hooks("uninstall")).code).toBe(0);
  expect(await readdir(bulk.plugin)).toEqual(["portwright-hooks.conf"]);
  expect(await readFile(own, "utf8")).toContain("somebody's");
});

it("a builder that there are no hooks for is refused", async () => {
  await using sandbox = await makeSandbox();
  const refused = await sandbox.run(["hooks", "check", "--builder", "pbulk"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/dsynth, poudriere/);
});

it("check shows what troubled the hooks, wherever they could write it", async () => {
  await using sandbox = await makeSandbox();
  const base = join(sandbox.folder, "dsynth");
  const evidence = join(sandbox.folder, "evidence");
  await sandbox.run(["hooks", "install", "--config-base", base, "--evidence", evidence]);
  await mkdir(evidence);
  const lines = Array.from(
    { length: 9 },
    (_, index) => `2026-11-23T17:01:02Z hook_run_start[1] trouble ${index}\n`,
  );
  await writeFile(join(evidence, "hooks.log"), lines.join(""));
  await writeFile(
    join(base, "portwright-hooks.log"),
    "2026-11-23T17:01:02Z hook_pkg_failure[2] no bundle \x1b[31m\n",
  );
  const check = await sandbox.run(["hooks", "check", "--config-base", base]);
  expect(check.stdout.match(/trouble \d/g)).toEqual([4, 5, 6, 7, 8].map((index) => `trouble ${index}`));
  expect(check.stdout).toContain("no bundle");
  expect(check.stdout).not.toContain("\x1b");

  await rm(evidence, { recursive: true });
  await writeFile(evidence, "in the way");
  const blocked = await sandbox.run(["hooks", "check", "--config-base", base]);
  expect(blocked).toMatchObject({ code: 1 });
  expect(blocked.stderr).toContain(`${evidence} cannot be written: ${evidence} is no folder`);
});

it.runIf(hasBwrap)("check says when the disk is full, or read-only", async () => {
  await using sandbox = await makeSandbox();
  const base = join(sandbox.folder, "dsynth");
  const evidence = join(sandbox.folder, "evidence");
  await mkdir(evidence);
  await sandbox.run(["hooks", "install", "--config-base", base, "--evidence", evidence]);
  const checked = async (...mount: string[]) => {
    await using inside = await makeSandbox([...bwrap, ...mount, "--", process.execPath, portwright]);
    return (await inside.run(["hooks", "check", "--config-base", base])).stderr;
  };
  expect(await checked("--size", "65536", "--tmpfs", evidence)).toContain("stands on a disk that is full");
  expect(await checked("--ro-bind", evidence, evidence)).toMatch(/cannot be written: (EROFS|EACCES)/);
  expect(await checked()).toBe("");
});
