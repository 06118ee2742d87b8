import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dependentsIn } from "../../../server/src/proof/needing.ts";
import { type ProofRequest, prove } from "../../../server/src/proof/prove.ts";
import { partsOf } from "../../../server/src/proof/record.ts";
import type { Proof } from "../../../server/src/protocol/index.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";
import { commitAll } from "../environments/support.ts";
import { createProofBench, fix, kind, type ProofBench } from "./bench.ts";

const origin = "sysutils/loadmon";
const dependent = "sysutils/loadmon-plot";
const overlayFile = (bench: ProofBench, port: string) => {
  const folder = join(bench.place.trees.deltaPorts, "ports", port);
  mkdirSync(folder, { recursive: true });
  return join(folder, "Makefile.DragonFly");
};

async function proveFix(bench: ProofBench, more: Partial<ProofRequest> = {}): Promise<Proof> {
  const { setup, store, place } = bench;
  return prove({
    ...{ ...setup, blobs: store.blobs, dependents: dependentsIn(store, place.config(kind).trees) },
    ...{ caseId: "case-1", attemptId: "", target: "@main", origin, flavor: "" },
    expected: { signature: "", phase: "patch", classification: "patch-error" },
    ...{ asks: { checks: [], dependents: 2 }, signal: new AbortController().signal },
    diff: await fix("01-loadmon.diff"),
    ...more,
  });
}

test("ports that need the mended one are built after it, and those newly broken are for the reviewer", async () => {
  await using bench = await createProofBench();
  const { store } = bench;
  const builds: number[] = [];
  const well = await proveFix(bench, { onBuild: (number) => builds.push(number) });
  expect(well).toMatchObject({ verdict: "proved", asked: { checks: [], dependents: 2 }, flags: [] });
  expect(well.dependents).toEqual([
    { origin: dependent, flavor: "", state: "builds", said: "", logSha256: expect.any(String) },
  ]);
  expect(builds).toEqual([1, 2, 3]);
  expect(partsOf(well).map(({ name }) => name)).toContain("dependent-1.log");

  writeFileSync(overlayFile(bench, dependent), "pre-configure:\n\t@echo no header >&2; false\n");
  commitAll(bench.place.trees.deltaPorts, "Break it");
  const broken = await proveFix(bench);
  expect(broken).toMatchObject({
    verdict: "proved",
    flags: [expect.stringMatching(/^sysutils\/loadmon-plot, which depends on it, fails: .* in configure$/)],
    dependents: [{ state: "broken", said: expect.stringMatching(/ in configure$/) }],
  });

  store.append([
    { type: "bundle/added", payload: sampleBundle({ id: "bundle-2", origin: dependent }) },
    { type: "case/changed", payload: sampleCase({ id: "case-2", origin: dependent, bundleId: "bundle-2" }) },
  ]);
  expect(await proveFix(bench)).toMatchObject({ flags: [], dependents: [{ state: "failing" }] });
});

test("those that it held up come first, once each, and no more than are asked for", async () => {
  await using bench = await createProofBench();
  const { store, place, trees } = bench;
  const skipped = (port: string, reason: string) => ({
    type: "result/recorded" as const,
    payload: {
      ...{ runId: sampleRun().id, target: "@main", origin: port, flavor: "", kind: "skipped" as const },
      ...{ pkgname: "", at: 1, phase: "", reason, bundleId: null },
    },
  });
  store.append([
    skipped("www/a", `www/b->${origin}`),
    skipped("www/b", origin),
    skipped("x/c", `x/other ${origin}`),
    skipped("x/d", "x/other"),
  ]);
  const commits = (await trees.present()) ?? {};
  const found = (most: number, port = origin) =>
    dependentsIn(store, place.config(kind).trees)
      .of({ target: "@main", origin: port, flavor: "" }, commits, most)
      .then((ports) => ports.map((one) => one.origin));
  expect(await found(9)).toEqual(["www/b", "x/c", dependent]);
  expect(await found(1)).toEqual(["www/b"]);
  expect(await found(9, "devel/libarena")).not.toContain("www/b");
  expect(await found(9, "devel/no.such+port")).toEqual([]);

  const gone = AbortSignal.abort(new Error("nobody wants it any more"));
  const port = { target: "@main", origin: "devel/libarena", flavor: "" };
  const stopped = dependentsIn(store, place.config(kind).trees).of(port, commits, 9, gone);
  await expect(stopped).rejects.toMatchObject({ reason: "cancelled" });
});

test("of the tree's Makefiles those count that name the port itself, in that flavor", async () => {
  await using bench = await createProofBench();
  const { trees } = bench.place;
  const makefile = (port: string, ...lines: string[]) => {
    const folder = join(trees.freebsdPorts, port);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "Makefile"), `${lines.join("\n")}\n`);
  };
  makefile("x/plain", "LIB_DEPENDS=\tliba.so:devel/py-a");
  makefile("x/target", "BUILD_DEPENDS=\t$(NONEXISTENT):devel/py-a:patch");
  makefile("x/variable", "RUN_DEPENDS=\ta>0:devel/py-a@$(PY_FLAVOR)");
  makefile("x/flavored", "RUN_DEPENDS=\ta>0:devel/py-a@py311 \\", "\t\tb>0:devel/b");
  makefile("x/otherflavor", "RUN_DEPENDS=\ta>0:devel/py-a@py39");
  makefile("x/longer", "RUN_DEPENDS=\ta>0:devel/py-a-more a>0:devel/py-a.b a>0:xdevel/py-a");
  commitAll(trees.freebsdPorts, "More ports");
  const commits = (await bench.trees.present()) ?? {};
  const found = async (flavor: string) =>
    (
      await dependentsIn(bench.store, bench.place.config(kind).trees).of(
        { target: "@main", origin: "devel/py-a", flavor },
        commits,
        20,
      )
    ).map((one) => one.origin);
  expect(await found("py311")).toEqual(["x/flavored", "x/plain", "x/target", "x/variable"]);
  expect(await found("")).toEqual(["x/plain", "x/target", "x/variable"]);
});

test("what the policy has checked is made strictly after the build, and fails the proof", async () => {
  await using bench = await createProofBench();
  const phases: string[] = [];
  const asks = { checks: ["check-plist", "stage-qa", "test"], dependents: 0 };
  const well = await proveFix(bench, { asks, onPhase: (phase) => phases.push(phase) });
  expect(well).toMatchObject({
    verdict: "proved",
    checks: { targets: asks.checks, passed: true, phase: null },
  });
  expect(well).not.toHaveProperty("dependents");
  expect(phases.slice(-3)).toEqual(asks.checks);

  const path = `ports/${origin}/Makefile.DragonFly`;
  const lines = ["pre-test:", '\t@test -z "$(DEVELOPER)" || { echo strict; false; }'];
  const more = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,2 @@\n+${lines.join("\n+")}\n`;
  const failed = await proveFix(bench, { asks, diff: (await fix("01-loadmon.diff")) + more });
  expect(failed).toMatchObject({
    ...{ verdict: "build-failed", build: { passed: true }, checks: { passed: false, phase: "test" } },
    reason: "the build with the diff, checked strictly, fails in test",
  });
  const log = await bench.store.blobs.read(failed.checks?.logSha256 ?? "");
  expect(String(log.data)).toContain("strict");
});

test("a check that fails on the untouched port in the same way is no fault of the diff; what the diff breaks is", async () => {
  await using bench = await createProofBench();
  const asks = { checks: ["stage-qa", "test"], dependents: 0 };
  const mended = { origin: "textproc/mdfold", diff: await fix("03-mdfold.diff"), asks };
  const expected = { signature: "", phase: "check-plist", classification: "plist-error" } as const;
  writeFileSync(
    overlayFile(bench, mended.origin),
    "pre-test:\n\t@echo 'error: no network here' >&2; false\n",
  );
  commitAll(bench.place.trees.deltaPorts, "Tests that need the network");
  const proof = await proveFix(bench, { ...mended, expected });
  expect(proof).toMatchObject({
    ...{ verdict: "proved", flags: ["test fails as it does without the diff"] },
    checks: { targets: asks.checks, passed: true, phase: null, known: [{ target: "test" }] },
  });
  expect(partsOf(proof).map(({ name }) => name)).toContain("baseline-test.log");
  const log = await bench.store.blobs.read(proof.checks?.known?.[0]?.logSha256 ?? "");
  expect(String(log.data)).toContain("no network here");

  const path = `ports/${mended.origin}/Makefile.DragonFly`;
  const worse = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,2 +1,2 @@\n pre-test:\n-\t@echo 'error: no network here' >&2; false\n+\t@echo 'undefined reference to fold_all' >&2; false\n`;
  expect(await proveFix(bench, { ...mended, expected, diff: mended.diff + worse })).toMatchObject({
    ...{ verdict: "build-failed", checks: { passed: false, phase: "test" } },
  });
});
