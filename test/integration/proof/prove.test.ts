import { createHash, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { distill } from "../../../server/src/evidence/distill/distill.ts";
import { diagnoseWith } from "../../../server/src/proof/diagnose.ts";
import { type ProofRequest, prove } from "../../../server/src/proof/prove.ts";
import { FailureClass, Proof } from "../../../server/src/protocol/index.ts";
import { openBlobs } from "../../../server/src/store/blobs.ts";
import type { BlobStore } from "../../../server/src/store/types.ts";
import { sampleCases } from "../../fixtures/ports/cases.ts";
import { fixtureRoot } from "../../fixtures/ports/trees.ts";
import { commitAll, createPlace, kinds, type Place } from "../environments/support.ts";

let place: Place;
let manager: EnvironmentManager;
let blobs: BlobStore;
const kind = kinds[0] ?? "plain";
beforeAll(async () => {
  place = await createPlace();
  manager = await place.manager(kind);
  blobs = openBlobs(join(place.folder, "blobs"));
});
afterAll(() => place.remove());

const origin = "games/tilerun";
const known = { signature: "", phase: "build", classification: "build-system-error" } as const;
const fix = (file: string) => readFile(join(fixtureRoot, "fixes", file), "utf8");

async function proveWith(more: Partial<ProofRequest>): Promise<Proof> {
  const proof = await prove({
    manager,
    builder: createBuilder("bsd-make", place.config(kind).builder),
    blobs,
    diagnose: diagnoseWith(distill),
    caseId: "case-1",
    attemptId: "attempt-1",
    target: "@2026Q3",
    origin,
    flavor: "",
    expected: known,
    diff: await fix("04-tilerun.diff"),
    timeoutMs: 120_000,
    now: Date.now,
    newId: randomUUID,
    signal: new AbortController().signal,
    ...more,
  });
  Proof.parse(proof);
  expect(await manager.list()).toEqual([]);
  return proof;
}

/** A diff that adds one file to the port's overlay folder. */
const adding = (name: string, line: string, port = origin) =>
  `diff --git a/ports/${port}/${name} b/ports/${port}/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/ports/${port}/${name}\n@@ -0,0 +1 @@\n+${line}\n`;

describe("prove", () => {
  it("proves a fix that builds, and records what it rests on", async () => {
    const phases: string[] = [];
    const diff = await fix("04-tilerun.diff");
    const proof = await proveWith({ onPhase: (phase) => phases.push(phase) });
    expect(proof).toMatchObject({ verdict: "proved", environment: kind, builder: "bsd-make", flags: [] });
    expect(proof.diffSha256).toBe(createHash("sha256").update(diff).digest("hex"));
    expect(proof.baseline).toMatchObject({ phase: "build" });
    expect(proof.build).toMatchObject({ passed: true, phase: null });
    expect(proof.trees.DeltaPorts).toMatch(/^[0-9a-f]{40}$/);
    expect(proof.inputSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(phases.filter((phase) => phase === "build")).toHaveLength(2);
    expect(phases).toContain("package");
    for (const hash of [proof.baseline?.logSha256, proof.build?.logSha256, proof.diffSha256])
      expect(await blobs.has(hash ?? "")).toBe(true);
    const log = await blobs.read(proof.build?.logSha256 ?? "");
    expect(log.data.toString()).toMatch(/SUCCEEDED [\d:]+\nTOTAL TIME/);
  });

  it.runIf(kind === "bwrap")("proves with dsynth what the framework alone was seen to fail", async () => {
    const dsynth = join(import.meta.dirname, "../../fixtures/dsynth/dsynth");
    const options = { builder: { dsynth, attempts: "dsynth", proofs: "dsynth" } };
    const builder = createBuilder("dsynth", place.config(kind, options).builder);
    const proof = await proveWith({ builder, manager: await place.manager(kind, options) });
    expect(proof).toMatchObject({ verdict: "proved", builder: "dsynth" });
  });

  it("accepts a baseline by its signature alone", async () => {
    const first = await proveWith({});
    const signature = first.baseline?.signature ?? "";
    expect(signature).not.toBe("");
    const expected = { signature, phase: null, classification: "unknown" } as const;
    expect((await proveWith({ expected })).verdict).toBe("proved");
  });

  it("does not prove a fix for a port that builds anyway", async () => {
    const diff = adding("Makefile.DragonFly", "USES+=\tgmake", "devel/pkgconf");
    expect(await proveWith({ origin: "devel/pkgconf", diff })).toMatchObject({
      verdict: "baseline-passes",
      build: null,
    });
  });

  it("does not prove a fix of another failure than the case's", async () => {
    const expected = { signature: "other", phase: "configure", classification: "configure-error" } as const;
    const proof = await proveWith({ expected });
    expect(proof).toMatchObject({ verdict: "baseline-differs", baseline: { phase: "build" }, build: null });
    expect(proof.reason).toMatch(/configure-error in configure.*build-system-error in build/);
  });

  it("does not prove a diff that leaves the failure", async () => {
    const proof = await proveWith({ diff: adding("Makefile.DragonFly", "# thought about it") });
    expect(proof).toMatchObject({ verdict: "build-failed", build: { passed: false, phase: "build" } });
    expect(proof.reason).toContain("build");
  });

  it.each([
    ["is empty", "", "empty"],
    ["edits another port", adding("Makefile.DragonFly", "X=y", "devel/gmake"), "outside"],
    [
      "does not apply",
      adding("x", "y")
        .replace("new file mode 100644\n--- /dev/null", `--- a/ports/${origin}/x`)
        .replace("@@ -0,0 +1 @@", "@@ -1 +1 @@\n-z"),
      "does not apply",
    ],
    [
      "makes the port impossible to compose",
      adding("diffs/Makefile.diff", "--- Makefile\\n+++ Makefile").replace(
        "@@ -0,0 +1 @@\n+--- Makefile\\n+++ Makefile",
        "@@ -0,0 +1,5 @@\n+--- Makefile\n++++ Makefile\n+@@ -1 +1 @@\n+-NOT=\tthere\n++NOT=\there",
      ),
      "does not compose",
    ],
  ])("rejects a diff that %s", async (_, diff, why) => {
    const proof = await proveWith({ diff });
    expect(proof.verdict).toBe("diff-rejected");
    expect(proof.reason).toContain(why);
  });

  it("rejects a diff that git would apply elsewhere than it seems", async () => {
    // Without its a/ and b/, git takes `ports` for the prefix and drops it.
    const diff = `--- /dev/null\n+++ ports/${origin}/Makefile.DragonFly\n@@ -0,0 +1 @@\n+USES+=\tgmake\n`;
    const proof = await proveWith({ diff });
    expect(proof.verdict).toBe("diff-rejected");
    expect(proof.reason).toContain("outside");
  });

  it.each([
    ["-i", ".MAKEFLAGS: -i"],
    ["no failures at all", ".IGNORE:"],
  ])("does not build with a diff that has make tell no failure: %s", async (_, line) => {
    const proof = await proveWith({ diff: adding("Makefile.DragonFly", line) });
    expect(proof).toMatchObject({ verdict: "diff-rejected", baseline: null, build: null });
  });

  it("does not prove a diff under which make runs nothing, however that is worded", async () => {
    const proof = await proveWith({ diff: adding("Makefile.DragonFly", "$(:U.MAKEFLAGS): -n") });
    expect(proof).toMatchObject({ verdict: "build-failed", build: { passed: false, phase: "package" } });
    expect(proof.flags.join()).toContain("indirectly");
  });

  it("flags a fix that works by the wrong means", async () => {
    const diff = `${adding("Makefile.DragonFly", "USES+=\tgmake").replace("@@ -0,0 +1 @@", "@@ -0,0 +1,2 @@")}+CFLAGS+=\t-D__BSD_VISIBLE\n`;
    const proof = await proveWith({ diff });
    expect(proof.verdict).toBe("proved");
    expect(proof.flags.join()).toContain("visibility");
  });

  it("does not compare with a baseline that ran out of time", async () => {
    const proof = await proveWith({ timeoutMs: 1 });
    expect(proof).toMatchObject({ verdict: "baseline-differs", baseline: null, build: null });
    expect(proof.reason).toContain("without the diff ran out of time");
  });

  it("compares no builds of different trees", async () => {
    let moved = false;
    const onPhase = (phase: string) => {
      if (phase !== "build" || moved) return;
      moved = true;
      writeFileSync(join(place.trees.deltaPorts, "moved.txt"), "x");
      commitAll(place.trees.deltaPorts, "Move on");
    };
    const proof = await proveWith({ onPhase });
    expect(proof).toMatchObject({ verdict: "error", build: null });
    expect(proof.reason).toContain("DeltaPorts moved to another commit");
  });

  it("records a fault of the machinery as one", async () => {
    const stray = join(place.trees.deltaPorts, "stray.txt");
    await writeFile(stray, "x");
    try {
      const proof = await proveWith({});
      expect(proof).toMatchObject({ verdict: "error", baseline: null, build: null });
      expect(proof.reason).toContain("stray.txt");
    } finally {
      await rm(stray);
    }
  });

  it("ends without a record when it is aborted, and leaves no environment", async () => {
    const stop = new AbortController();
    const running = proveWith({ signal: stop.signal, onPhase: (phase) => phase === "build" && stop.abort() });
    await expect(running).rejects.toThrow(/abort/i);
    expect(await manager.list()).toEqual([]);
  });
});

describe("the sample's own fixes", () => {
  // A drifted patch, a packing list, a missing library, a header in one flavor.
  const chosen = sampleCases.failures.filter(({ number }) => [1, 3, 6, 7].includes(number));
  it.each(chosen.map((failure) => [failure.origin, failure] as const))("%s is proved", async (_, failure) => {
    const verdicts: string[] = [];
    for (const classification of [failure.class, ...(failure.acceptable ?? [])].map((name) =>
      FailureClass.parse(name),
    )) {
      const proof = await proveWith({
        origin: failure.origin,
        flavor: failure.flavor,
        expected: { signature: "", phase: failure.phase, classification },
        diff: await fix(failure.fix),
      });
      verdicts.push(proof.verdict);
    }
    expect(verdicts).toContain("proved");
  });
});
