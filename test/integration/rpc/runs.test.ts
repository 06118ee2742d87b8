import { expect, test } from "vitest";
import type { ResultKind } from "../../../server/src/protocol/index.ts";
import { connectClient } from "../../../server/src/rpc/client.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { sampleProof, sampleResult, sampleRun } from "../../fixtures/states/entities.ts";
import { seedCases, startTestServer } from "./services.ts";

const identity = { name: "test", version: "1" };

/** A run of these ports, given as `[origin, kind, version]`. */
function addRun(store: Store, id: string, ...ports: [string, ResultKind, number][]): void {
  store.append([
    { type: "run/changed", payload: sampleRun({ id, state: "finished" }) },
    ...ports.map(([origin, kind, version]) => ({
      type: "result/recorded" as const,
      payload: sampleResult({ runId: id, origin, kind, pkgname: `x-${version}.pkg` }),
    })),
  ]);
}

test("a run's results and two runs side by side are read page by page, with the case of what failed", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  seedCases(store, { id: "one", origin: "devel/one" });
  addRun(store, "before", ["devel/one", "built", 1], ["devel/two", "failed", 1], ["lang/same", "built", 1]);
  addRun(store, "after", ["devel/one", "failed", 2], ["devel/two", "built", 1], ["lang/same", "built", 1]);
  using client = await connectClient(server.rpc.path, identity);
  expect(client.server.capabilities).toEqual(
    expect.arrayContaining(["compare", "credit", "groups", "marks"]),
  );

  const first = await client.call("run/results", { run: "after", limit: 2 });
  expect([first.total, first.results.map(({ origin }) => origin)]).toEqual([3, ["devel/one", "devel/two"]]);
  const rest = await client.call("run/results", { run: "after", cursor: first.nextCursor ?? "" });
  expect(rest).toMatchObject({ results: [{ origin: "lang/same" }], total: 3, nextCursor: null });
  const found = await client.call("run/results", { run: "after", kind: "built", text: "TWO" });
  expect(found.results.map(({ origin }) => origin)).toEqual(["devel/two"]);

  const runs = { left: "before", right: "after" };
  const page = await client.call("runs/compare", { ...runs, limit: 1 });
  expect(page).toMatchObject({
    ...{ left: { id: "before" }, right: { id: "after" } },
    counts: { "newly-failed": 1, fixed: 1, "still-failing": 0, "version-changed": 1 },
    results: [{ origin: "devel/one", changes: ["newly-failed", "version-changed"], caseId: "one" }],
  });
  const next = await client.call("runs/compare", { ...runs, cursor: page.nextCursor ?? "" });
  expect(next).toMatchObject({
    ...{ counts: page.counts, nextCursor: null },
    results: [{ origin: "devel/two", changes: ["fixed"], caseId: null }],
  });
  const fixed = await client.call("runs/compare", { ...runs, change: "fixed" });
  expect(fixed.results.map(({ origin }) => origin)).toEqual(["devel/two"]);
  for (const call of [
    client.call("runs/compare", { left: "before", right: "none" }),
    client.call("run/results", { run: "none" }),
  ])
    await expect(call).rejects.toMatchObject({ kind: "notFound", message: expect.stringContaining("none") });

  const skipped = { runId: "before", origin: "www/waits", kind: "skipped" as const };
  const reason = "devel/mid->devel/one lang/none";
  store.append([{ type: "result/recorded", payload: sampleResult({ ...skipped, reason }) }]);
  const waiting = await client.call("run/results", { run: "before", kind: "skipped" });
  expect(waiting.results.map(({ heldUpBy }) => heldUpBy)).toEqual([
    [
      { origin: "devel/one", flavor: "", caseId: "one" },
      { origin: "lang/none", flavor: "", caseId: null },
    ],
  ]);
});

test("the last good log of a port is that of its proof; without one the reason is told", async () => {
  await using server = await startTestServer();
  const { store } = server.services;
  const logSha256 = await store.blobs.put(Buffer.from("all is well\n"));
  seedCases(store, { id: "one", origin: "devel/one" }, { id: "two", origin: "devel/two" });
  const proof = sampleProof({ caseId: "one", endedAt: 7, build: { phase: null, passed: true, logSha256 } });
  store.append([{ type: "proof/recorded", payload: proof }]);
  using client = await connectClient(server.rpc.path, identity);
  const { log } = await client.call("case/lastGood", { case: "devel/one" });
  expect(log).toEqual({ sha256: logSha256, at: 7, source: "proof on @main" });
  const { data } = await client.call("artifact/read", { sha256: logSha256, offset: 0, length: 99 });
  expect(Buffer.from(data, "base64").toString()).toBe("all is well\n");
  expect(await client.call("case/lastGood", { case: "two" })).toEqual({
    log: null,
    reason: expect.stringContaining("evidence import"),
  });
});
