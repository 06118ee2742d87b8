import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleResult, sampleRun } from "../../fixtures/states/entities.ts";
import { makeSandbox } from "./portwright.ts";

test("a port's history says where it broke, run by run", async () => {
  await using sandbox = await makeSandbox();
  await mkdir(sandbox.stateDir, { mode: 0o700 });
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify({ evidence: sandbox.folder }));
  const store = openStore({ dir: sandbox.stateDir, now: () => 1 });
  store.append([
    { type: "target/seen", payload: { name: "@main", firstSeenAt: 1 } },
    ...(["built", "failed", "failed"] as const).flatMap((kind, index) => {
      const at = index * 86_400_000;
      const run = sampleRun({ id: `run-${index}`, state: "finished", startedAt: at, endedAt: at + 1 });
      const result = { runId: run.id, origin: "devel/foo", flavor: "py311", kind, at, phase: "" };
      return [
        { type: "run/changed" as const, payload: run },
        {
          type: "result/recorded" as const,
          payload: sampleResult({ ...result, pkgname: `foo-1.${index}.pkg` }),
        },
      ];
    }),
  ]);
  store.close();
  await sandbox.run(["serve"]);
  const { stdout } = await sandbox.run(["port", "devel/foo"]);
  expect(stdout).toMatch(/port +devel\/foo@py311 on @main/);
  expect(stdout).toMatch(/last success +built 1970-01-01 \S+ foo-1\.0\.pkg in run run-0/);
  expect(stdout).toMatch(/first bad +failed 1970-01-02 .* in run run-1/);
  expect(stdout).not.toContain("older");
  expect((await sandbox.run(["port", "devel/foo", "--runs", "2"])).stdout).toMatch(
    /last success +none in these runs.*\(older runs were not looked at: raise --runs\)\n$/s,
  );
  const { histories } = JSON.parse((await sandbox.run(["port", "devel/foo@py311", "--json"])).stdout);
  expect(histories[0].results.map(({ runId }: { runId: string }) => runId)).toEqual([
    "run-2",
    "run-1",
    "run-0",
  ]);
  const told = await sandbox.run(["events", "--type", "run/changed", "--target", "@main"]);
  expect(told.stdout.trim().split("\n")).toHaveLength(3);
  expect(await sandbox.run(["events", "--type", "case/changed"])).toMatchObject({ code: 0, stdout: "" });
  expect((await sandbox.run(["events", "--type", "nonsense"])).stderr).toContain("run/changed");
  expect((await sandbox.run(["port", "devel/bar"])).stderr).toContain(
    "none of the newest 50 runs tried devel/bar",
  );
  expect((await sandbox.run(["port", "foo"])).stderr).toContain("foo is no port: CATEGORY/PORT[@FLAVOR]");
});
