import { expect, test } from "vitest";
import { createProofBench, fix } from "./bench.ts";

test("a case whose port fails otherwise in a clean environment is about that failure from then on, once", async () => {
  await using bench = await createProofBench();
  const { store, change, verify } = bench;
  const diffSha256 = await store.blobs.put(Buffer.from(await fix("04-tilerun.diff")));
  const expected = { signature: "other", phase: "configure", classification: "configure-error" } as const;
  change({ diffSha256, ...expected });
  const opened = await verify();
  const [proof] = store.proofsOf("case-1");
  expect(proof?.verdict).toBe("baseline-differs");
  expect(opened).toMatchObject({
    ...{ state: "open", classification: "build-system-error", phase: "build", iteration: 2 },
    ...{
      signature: proof?.baseline?.signature,
      diffSha256: null,
      decision: null,
      handOver: null,
      bundles: 2,
    },
  });
  const bundle = store.bundle(opened.bundleId);
  expect(bundle).toMatchObject({
    artifacts: [{ name: "logs/full.log", sha256: proof?.baseline?.logSha256 }],
    problems: [expect.stringContaining(`by proof ${proof?.id}`)],
    diagnosis: { outcome: "failed", extract: expect.stringContaining("tilerun") },
  });
  const { data, bytes } = await store.blobs.read(bundle?.artifacts[0]?.sha256 ?? "");
  expect([bundle?.artifacts[0]?.bytes, bytes]).toEqual([data.length, data.length]);
  const { items: notes } = store.notes({ caseId: "case-1" }, { limit: 9 });
  expect(notes).toMatchObject([
    { who: "portwright", text: expect.stringMatching(/Opened anew: .*configure-error/) },
  ]);

  // Told the same twice, it would go round: a person has to look.
  change({ state: "triaged", diffSha256, ...expected });
  expect(await verify()).toMatchObject({
    state: "escalated",
    handOver: expect.stringContaining("not proved (baseline-differs)"),
  });
  change({ state: "triaged", diffSha256, signature: bundle?.diagnosis.signature.id ?? "", phase: "build" });
  expect(await verify()).toMatchObject({ state: "waiting" });
});

test("a case whose port builds untouched in a clean environment is closed, and not a second time", async () => {
  await using bench = await createProofBench();
  const { store, change, verify, setup } = bench;
  const diffSha256 = await store.blobs.put(Buffer.from(await fix("04-tilerun.diff")));
  change({ diffSha256 });
  const builder: typeof setup.builder = {
    ...setup.builder,
    build: async (request) => ({ ...(await setup.builder.build(request)), passed: true, failedPhase: null }),
  };
  const closed = await verify({ setup: { builder } });
  const [proof] = store.proofsOf("case-1");
  expect(proof).toMatchObject({ verdict: "baseline-passes", baseline: null, build: null });
  expect(closed).toMatchObject({
    ...{ state: "closed", proofId: proof?.id },
    handOver: expect.stringContaining("The next failure opens it again"),
  });
  expect(store.notes({ caseId: "case-1" }, { limit: 9 }).items).toHaveLength(1);
  change({ state: "triaged", diffSha256 });
  expect(await verify({ setup: { builder } })).toMatchObject({
    state: "escalated",
    handOver: expect.stringContaining("not proved (baseline-passes)"),
  });
});

test("a baseline that tells nothing leaves the case to a person", async () => {
  await using bench = await createProofBench();
  const { store, change, verify, setup } = bench;
  change({ diffSha256: await store.blobs.put(Buffer.from(await fix("04-tilerun.diff"))) });
  expect(await verify({ setup: { timeoutMs: 1 } })).toMatchObject({
    state: "escalated",
    handOver: expect.stringContaining("ran out of time"),
  });
  change({ state: "triaged", signature: "other", phase: "configure", classification: "configure-error" });
  const diagnose: typeof setup.diagnose = async (log, phase) => {
    const found = await setup.diagnose(log, phase);
    return { ...found, signature: { ...found.signature, id: "no-evidence" } };
  };
  expect(await verify({ setup: { diagnose } })).toMatchObject({ state: "escalated", signature: "other" });
});
