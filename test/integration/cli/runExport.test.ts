import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseHistory } from "../../../server/src/evidence/results/dsynthReport.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleResult, sampleRun } from "../../fixtures/states/entities.ts";
import { makeSandbox } from "./portwright.ts";

const ports = 1203;

/** A finished run of more ports than a page holds. */
async function makeRun() {
  const sandbox = await makeSandbox();
  await mkdir(sandbox.stateDir, { mode: 0o700 });
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify({ evidence: sandbox.folder }));
  const store = openStore({ dir: sandbox.stateDir, now: () => 1 });
  const counts = { built: ports, failed: 0, skipped: 0, ignored: 0 };
  store.append([
    {
      type: "run/changed",
      payload: sampleRun({ id: "run-x", state: "finished", endedAt: 9_000_000, counts }),
    },
    ...Array.from({ length: ports }, (_, n) => ({
      type: "result/recorded" as const,
      payload: sampleResult({ runId: "run-x", origin: `devel/p${n}`, kind: "built", at: 2000 + n * 1000 }),
    })),
  ]);
  store.close();
  await sandbox.run(["serve"]);
  return sandbox;
}

test("a run is written as a table, as lines and for dsynth's progress page", async () => {
  await using sandbox = await makeRun();
  const place = (name: string) => join(sandbox.folder, name);

  const csv = await sandbox.run(["runs", "export", "run-x", "--csv", "-"]);
  expect(csv.code).toBe(0);
  expect(csv.stdout.split("\r\n")).toHaveLength(ports + 2);

  const lines = await sandbox.run(["runs", "export", "run-x", "--jsonl", place("run.jsonl"), "--json"]);
  expect(JSON.parse(lines.stdout)).toEqual({ run: "run-x", output: place("run.jsonl"), results: ports });
  const origins = (await readFile(place("run.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).origin);
  expect(new Set(origins).size).toBe(ports);

  await mkdir(place("progress"));
  for (const name of ["09_history.json", "index.html"]) await writeFile(place(`progress/${name}`), "old");
  const { code, stderr } = await sandbox.run(["runs", "export", "run-x", "--progress", place("progress")]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const written = (await readdir(place("progress"))).toSorted();
  expect(written).toEqual([
    "01_history.json",
    "02_history.json",
    "03_history.json",
    "index.html",
    "summary.json",
  ]);
  const histories = await Promise.all(
    written.slice(0, 3).map(async (name) => parseHistory(await readFile(place(`progress/${name}`), "utf8"))),
  );
  expect(histories.flatMap(({ results }) => results)).toHaveLength(ports);
});

test("nothing is written over, and what is wrong is named", async () => {
  await using sandbox = await makeRun();
  const file = join(sandbox.folder, "mine.csv");
  await writeFile(file, "mine");
  const taken = await sandbox.run(["runs", "export", "run-x", "--csv", file]);
  expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining("is there already") });
  expect(await readFile(file, "utf8")).toBe("mine");
  const both = await sandbox.run(["runs", "export", "run-x", "--csv", "a", "--jsonl", "b"]);
  expect(both.stderr).toContain("name one of --csv FILE, --jsonl FILE and --progress FOLDER");
  const unknown = await sandbox.run(["runs", "export", "run-y", "--csv", join(sandbox.folder, "y.csv")]);
  expect(unknown.stderr).toContain("there is no run run-y");
  expect((await readdir(sandbox.folder)).filter((name) => name.includes("y.csv"))).toEqual([]);
});
