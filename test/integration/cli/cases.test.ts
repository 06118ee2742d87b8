import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleJob,
  sampleProof,
  sampleResult,
  sampleRun,
} from "../../fixtures/states/entities.ts";
import { seedCases } from "../rpc/services.ts";
import { makeSandbox, type Sandbox } from "./portwright.ts";

async function fill(store: Store): Promise<void> {
  const logSha256 = await store.blobs.put(Buffer.from("all is well\n"));
  seedCases(
    store,
    { id: "one", origin: "devel/one", signature: "s1", cause: "x.c: no such thing", blocked: 2 },
    { id: "two", origin: "devel/two", signature: "s1", cause: "x.c: no such thing", blocked: 5 },
    {
      ...{
        id: "three",
        origin: "lang/three",
        signature: "s2",
        state: "escalated",
        maintainer: "m@example.org",
      },
      ...{ iteration: 2, previousBundleId: "bundle-3" },
    },
  );
  const build = { phase: null, passed: true, logSha256 };
  store.append([
    { type: "bundle/added", payload: sampleBundle({ id: "bundle-3", origin: "lang/three" }) },
    { type: "proof/recorded", payload: sampleProof({ caseId: "one", build }) },
    { type: "run/changed", payload: sampleRun({ id: "R1", state: "finished" }) },
    { type: "result/recorded", payload: sampleResult({ runId: "R1" }) },
    { type: "run/changed", payload: sampleRun({ id: "R2", state: "finished" }) },
    { type: "result/recorded", payload: sampleResult({ runId: "R2", kind: "failed", phase: "stage" }) },
  ]);
}

/** A server, with no automation, over three failing ports and two runs; `run` expects success and gives what is said. */
async function serve(sandbox: Sandbox, more: (store: Store) => void = () => {}) {
  await mkdir(sandbox.stateDir, { mode: 0o700 });
  const config = { evidence: join(sandbox.folder, "evidence"), automation: { enabled: false } };
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify(config));
  const store = openStore({ dir: sandbox.stateDir, now: Date.now });
  try {
    await fill(store);
    more(store);
  } finally {
    store.close();
  }
  const run = async (...args: string[]): Promise<string> => {
    const ran = await sandbox.run(args);
    expect(ran, args.join(" ")).toMatchObject({ code: 0, stderr: "" });
    return ran.stdout;
  };
  await run("serve");
  return run;
}

test("cases are listed in an order, by groups, and those of one group", async () => {
  await using sandbox = await makeSandbox();
  const run = await serve(sandbox);
  const listed = async (...args: string[]) =>
    JSON.parse(await run("cases", "--json", ...args)).cases.map(({ id }: { id: string }) => id);
  expect(await listed("--order", "impact")).toEqual(["two", "one", "three"]);
  expect(await listed("--for-you")).toEqual(["three"]);
  expect(await listed("--search", "EXAMPLE.org")).toEqual(["three"]);
  expect(await run("cases", "--group", "signature")).toMatch(
    /^KEY +GROUP +CASES .*\ns1 +x\.c: no such thing +2 +0 +7\ns2 .*\n2 of 2 groups\n$/,
  );
  expect(await run("cases", "--group", "maintainer")).toMatch(/^m@example\.org +1 +1 +0$/m);
  expect(await listed("--group", "signature", "--key", "s1", "--order", "origin")).toEqual(["one", "two"]);
  expect(await sandbox.run(["cases", "--key", "s1"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--group"),
  });
});

test("failures are found by words of their evidence", async () => {
  await using sandbox = await makeSandbox();
  const run = await serve(sandbox);
  expect(await run("search", "lang/three")).toMatch(/^CASE .*LINE\nthree +lang\/three .* escalated .*\n$/);
  const all = JSON.parse(await run("search", "compile-err", "--json", "--in", "open", "escalated"));
  expect(all.hits.map((hit: { case: { id: string } }) => hit.case.id)).toEqual(["three", "one"]);
  expect(await run("search", "devel", "--in", "waiting", "closed")).toBe("nothing found\n");
  expect(await run("search", "compiler", "--limit", "1")).toMatch(/\nthree .*\n\(more: raise --limit\)\n$/);
  expect(await sandbox.run(["search", "devel", "--run", "R9"])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("no run R9"),
  });
});

test("a case is ignored, put off, given to somebody, and all that was said about it is read", async () => {
  await using sandbox = await makeSandbox();
  const run = await serve(sandbox);
  expect(await run("case", "ignore", "devel/one", "--reason", "upstream knows")).toBe(
    "devel/one is ignored\n",
  );
  expect(await run("case", "snooze", "devel/two", "3")).toMatch(/^devel\/two is out of sight until \d{4}-/);
  expect(await run("case", "assign", "lang/three", "ann")).toBe("lang/three is ann's\n");
  expect(await run("cases", "--assignee", "ann")).toMatch(/lang\/three.*\n1 of 1 cases\n$/s);
  expect(await run("cases")).toMatch(/\n1 of 1 cases\n$/);
  expect(await run("cases", "--hidden")).toMatch(/\n3 of 3 cases\n$/);
  expect(await run("case", "show", "one")).toMatch(/^hidden +ignored$/m);
  expect(await run("case", "show", "two")).toMatch(/^hidden +until \d{4}-/m);
  const shown = await run("case", "show", "three");
  expect(shown).toMatch(/^assignee +ann$/m);
  expect(shown).toMatch(/^iteration +2, after bundle bundle-3: compile-error of \d{4}-/m);
  expect(await run("case", "unignore", "one")).toBe("devel/one is no longer ignored\n");
  expect(await run("case", "snooze", "two", "0")).toBe("devel/two is in sight\n");
  expect(await run("case", "assign", "three", "-")).toBe("lang/three is nobody's\n");
  expect(await run("cases")).toMatch(/\n3 of 3 cases\n$/);
  expect((await sandbox.run(["case", "snooze", "two", "soon"])).code).toBe(2);

  expect(await run("case", "context", "one", "use gmake")).toBe("context, revision 1\n");
  expect(await run("case", "note", "one", "see \u001b[31mthe list")).toBe("noted\n");
  expect(await run("case", "context", "one", "")).toBe("context, revision 2\n");
  expect(await sandbox.run(["case", "context", "one", ""])).toMatchObject({ code: 2 });
  const happened = await run("case", "activity", "three", "--limit", "2");
  expect(happened).toMatch(/^WHEN +WHO +WHAT\n.* said +.*\n.* said +.*ann\n\(more: /);
  const said = await run("case", "notes", "one");
  expect(said.split("\n").filter((line) => line.startsWith("    "))).toEqual([
    ...["    ", "    see the list", "    use gmake", "    no longer ignored", "    ignored: upstream knows"],
  ]);
  expect(said).toMatch(/ {2}context, revision 1$/m);
  expect(await run("case", "notes", "one", "--limit", "4")).toMatch(/ {4}no longer ignored\n\(more: raise/);
});

test("tokens are shown with what they cost", async () => {
  await using sandbox = await makeSandbox();
  const usage = { uncachedTokens: 900, cachedTokens: 8000, outputTokens: 100, reasoningTokens: 40 };
  const run = await serve(sandbox, (store) => {
    const subject = store.case("one");
    if (subject === null) throw new Error("case one is not seeded");
    const attempt = sampleAttempt({ caseId: "one", outcome: "gave-up", summary: "no way" });
    store.append([
      { type: "job/changed", payload: sampleJob({ caseId: "one", state: "done" }) },
      { type: "case/changed", payload: { ...subject, state: "waiting", tokens: 9000, costMicros: 4200 } },
      {
        type: "attempt/changed",
        payload: { ...attempt, usage: { ...usage, estimated: true }, costMicros: 4200 },
      },
    ]);
  });
  expect(await run("sessions", "--limit", "1")).toMatch(/\nwaiting: 1 of 2 \(more: raise --limit\)\n$/);
  const shown = await run("case", "show", "one");
  expect(shown).toMatch(/^tokens +9000\ncost +0\.0042$/m);
  expect(shown).toMatch(/ TOKENS +COST .*\n.* 9000 +0\.0042 /);
  expect(await run("session", "one")).toMatch(
    /\ntokens: 900 uncached, 8000 cached, 100 output, 40 of it reasoning, an estimate; cost: 0\.0042\n$/,
  );
});

test("recipes are listed with what became of them, those that were used first", async () => {
  await using sandbox = await makeSandbox();
  const run = await serve(sandbox, (store) => {
    for (const caseId of ["one", "two"]) {
      const recipes = [{ id: "use-perl", classification: "missing-dep" as const, end: "failed" as const }];
      const attempt = sampleAttempt({ id: `of-${caseId}`, caseId, jobId: `job-${caseId}`, recipes });
      store.append([
        { type: "job/changed", payload: sampleJob({ id: `job-${caseId}`, caseId, state: "done" }) },
        { type: "attempt/changed", payload: attempt },
      ]);
    }
  });
  const said = await run("policy", "recipes");
  expect(said).toMatch(
    /^RECIPE +CONFIDENCE +DECLARED +PROVED +FAILED +BY CLASS\nuse-perl +medium +high +0 +2 +missing-dep 0 of 2 \(medium\)\n/,
  );
  expect(said).toMatch(/^checksum-advice +advice +0 +0\s*$/m);
  const { recipes } = JSON.parse(await run("policy", "recipes", "--json"));
  expect(recipes.find(({ id }: { id: string }) => id === "use-perl")).toMatchObject({
    ...{ declared: "high", confidence: "medium", proved: 0, failed: 2 },
    byClass: [{ classification: "missing-dep", proved: 0, failed: 2, confidence: "medium" }],
  });
});

test("a run's results, what changed between two runs, and the last good log are read", async () => {
  await using sandbox = await makeSandbox();
  const run = await serve(sandbox);
  expect(await run("runs", "results", "R2")).toMatch(/devel\/one +failed .*stage.*\n1 of 1 results\n$/s);
  const compared = await run("runs", "compare", "R1", "R2");
  expect(compared).toMatch(/^newly-failed +1$/m);
  expect(compared).toMatch(/^devel\/one +newly-failed +built one-1\.0\.pkg +failed in stage/m);
  expect(await run("runs", "compare", "R1", "R2", "--change", "fixed")).not.toContain("devel/one");
  expect((await sandbox.run(["runs", "compare", "R1", "R9"])).code).toBe(3);
  expect(await sandbox.run(["runs", "compare", "R1", "R2", "--change", "x"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("change"),
  });
  expect(await run("log", "devel/one", "--last-good")).toBe("all is well\n");
  expect(await sandbox.run(["log", "devel/two", "--last-good"])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("evidence import"),
  });
});
