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
  for (const words of [["serve"], ["env", "create", "mine"]])
    expect(await sandbox.run(words)).toMatchObject({ code: 0 });
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
