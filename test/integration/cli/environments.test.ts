import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSampleTrees } from "../../fixtures/ports/trees.ts";
import { makeSandbox } from "./portwright.ts";

test("a port is built in a person's environment, with its log, its end and what would be run", async () => {
  await using sandbox = await makeSandbox();
  const { freebsdPorts, deltaPorts, distfiles } = await createSampleTrees(join(sandbox.folder, "trees"));
  const evidence = join(sandbox.folder, "evidence");
  await mkdir(evidence);
  await mkdir(sandbox.stateDir);
  const config = { evidence, trees: { freebsdPorts, deltaPorts, distfiles } };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  expect(await sandbox.run(["serve"])).toMatchObject({ code: 0 });
  const shown = await sandbox.run(["env", "create", "mine", "--dry-run", "--platform", "dragonfly"]);
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(/^DeltaPorts +[0-9a-f]{12} of 2026Q3, from \//m);
  expect(shown.stdout).toMatch(/^DPorts +composed of these commits first$/m);
  expect(shown.stdout).toMatch(/^disk +.*GiB free in /m);
  expect(shown.stdout).toContain("mount_null -o ro,nosuid ");
  // Whoever names another system wants to see, not to make.
  const elsewhere = await sandbox.run(["env", "create", "mine", "--platform", "freebsd"]);
  expect(elsewhere.stdout).toContain("mount -t nullfs -o ro,nosuid ");
  expect((await sandbox.run(["env", "list"])).stdout).toBe("no environments\n");
  expect(await sandbox.run(["env", "create", "mine"])).toMatchObject({ code: 0 });
  const build = (...words: string[]) => sandbox.run(["env", "build", "mine", ...words]);

  const plan = await build("misc/figsay", "--dry-run");
  expect(plan).toMatchObject({ code: 0, stderr: "" });
  expect(plan.stdout).toMatch(/^yes +\S+ -C \/work\/DPorts\/misc\/figsay fetch$/m);
  expect(plan.stdout).toContain("bsd-make leaves its log in /work/logs/misc___figsay.log\n");

  const overlay = join(sandbox.stateDir, "environments/mine/DeltaPorts/ports/games/tilerun");
  await mkdir(overlay, { recursive: true });
  await writeFile(join(overlay, "overlay.dops"), "");
  const failed = await build("games/tilerun");
  expect(failed.stderr).toContain("portwright: without effect: overlay.dops: the classic merge leaves it");
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("===>  Building for tilerun");
  expect(failed.stderr).toContain(
    "games/tilerun fails in build; the log is /work/logs/games___tilerun.log in environment mine",
  );

  const built = await build("audio/wavpeek", "--flavor", "nox", "--proofs", "--json");
  expect(built.code).toBe(0);
  expect(JSON.parse(built.stdout)).toMatchObject({
    build: { passed: true, failedPhase: null, log: "/work/logs/audio___wavpeek@nox.log" },
  });
});

test("before anything is set up the doctors tell what builds can be isolated with, and leave nothing", async () => {
  await using sandbox = await makeSandbox();
  const { code, stdout } = await sandbox.run(["doctor", "--json"]);
  expect(code).toBe(1);
  const { checks } = JSON.parse(stdout);
  const rows = checks.map(({ name, ok }: { name: string; ok: boolean }) => [name, ok || "amiss"]);
  const kinds = ["bwrap", "chroot", "command", "ssh", "plain"].map((name) => [name, true]);
  const tools = ["make", "git", "patch"].map((name) => [name, true]);
  expect(rows).toEqual([["server", "amiss"], ["trees", "amiss"], ...kinds, ...tools]);
  expect(checks[0].action).toContain(`portwright serve --state ${sandbox.stateDir}`);
  expect(checks[1].action).toContain("portwright init");
  expect(await readdir(sandbox.folder)).toEqual([]);
});

test("of a kind that does not work is told what mends it, beside what else this machine has", async () => {
  await using sandbox = await makeSandbox();
  await mkdir(sandbox.stateDir);
  const command = { exec: ["/bin/false", "{mounts}"], readOnly: ["-r"], writable: ["-w"] };
  const trees = { freebsdPorts: ".", deltaPorts: ".", distfiles: "." };
  const config = JSON.stringify({ trees, environment: { kind: "command", command } });
  await writeFile(join(sandbox.stateDir, "portwright.json"), config);
  const { checks } = JSON.parse((await sandbox.run(["env", "doctor", "--json"])).stdout);
  const failing = checks.filter(({ ok }: { ok: boolean }) => !ok);
  expect(failing).toMatchObject([{ name: "command", action: expect.stringContaining("mend the tool") }]);
});

test("a host that only lends environments is looked at, and cleared of what is nobody's, without a server", async () => {
  await using sandbox = await makeSandbox();
  const { freebsdPorts, deltaPorts, distfiles } = await createSampleTrees(join(sandbox.folder, "trees"));
  const doctor = (...more: string[]) => sandbox.run(["env", "doctor", "--json", ...more]);
  const lent = join(sandbox.stateDir, "lent", "0123456789abcdef");
  await mkdir(lent, { recursive: true });
  const config = { trees: { freebsdPorts, deltaPorts, distfiles } };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  await writeFile(join(lent, "owner.json"), JSON.stringify({ host: "near", state: "/state" }));
  const long = new Date(Date.now() - 40 * 24 * 3_600_000);
  await utimes(join(lent, "owner.json"), long, long);

  const found = await doctor();
  expect(found.code).toBe(1);
  expect(JSON.parse(found.stdout).checks).toContainEqual({
    ...{ kind: "leftovers", name: "lent environments", ok: false },
    message: "no environment of near:/state, last heard of 40 days ago",
    action: expect.stringContaining("env doctor --fix"),
  });
  const fixed = JSON.parse((await doctor("--fix")).stdout);
  expect(fixed.cleared).toEqual(["what was kept for near:/state"]);
  expect(fixed.checks).not.toContainEqual(expect.objectContaining({ name: "lent environments" }));
});
