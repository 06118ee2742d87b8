import { mkdir, writeFile } from "node:fs/promises";
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
  expect((await sandbox.run(["env", "list"])).stdout).toBe("no environments\n");
  expect(await sandbox.run(["env", "create", "mine"])).toMatchObject({ code: 0 });
  const build = (...words: string[]) => sandbox.run(["env", "build", "mine", ...words]);

  const plan = await build("misc/figsay", "--dry-run");
  expect(plan).toMatchObject({ code: 0, stderr: "" });
  expect(plan.stdout).toMatch(/^yes +\S+ -C \/work\/DPorts\/misc\/figsay fetch$/m);
  expect(plan.stdout).toContain("bsd-make leaves its log in /work/logs/misc___figsay.log\n");

  const failed = await build("games/tilerun");
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
