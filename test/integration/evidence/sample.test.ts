import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IntakeBundle, intakeBundle } from "../../../server/src/evidence/bundle.ts";
import { readJournal } from "../../../server/src/evidence/journal.ts";
import { type Builder, createBuilder } from "../../fixtures/dsynth/builder.ts";
import { sampleCases } from "../../fixtures/ports/cases.ts";
import { createSampleTrees } from "../../fixtures/ports/trees.ts";

let root: string;
let builder: Builder;
const bundles = new Map<string, IntakeBundle>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "evidence-sample-"));
  const trees = await createSampleTrees(join(root, "trees"));
  builder = await createBuilder({
    tree: trees.dports,
    treeInPlace: true,
    distfiles: trees.distfiles,
    profile: "2026Q3",
    ini: ["Check_plist= true"],
  });
  await builder.run(["-SS", "-y", "-s", "0", "everything"]);
  for (const run of await readdir(join(builder.evidence, "bundles"))) {
    for (const name of await readdir(join(builder.evidence, "bundles", run))) {
      const bundle = await intakeBundle(join(builder.evidence, "bundles", run, name));
      bundles.set(bundle.meta.origin ?? "", bundle);
    }
  }
});
afterAll(async () => {
  await builder.remove();
  await rm(root, { recursive: true, force: true });
});

describe("failures of the sample tree, built for real and captured by the hooks", () => {
  it.each(sampleCases.failures)("$origin: $class", ({ origin, class: expected, acceptable, phase, text }) => {
    const bundle = bundles.get(origin);
    expect(bundle?.problems).toEqual([]);
    const found = bundle?.distillation;
    expect([expected, ...(acceptable ?? [])], found?.extract).toContain(found?.classification);
    expect(found?.phase).toBe(phase);
    expect(found?.extract).toContain(text);
    expect(found?.cause, found?.extract).not.toBeNull();
    expect(bundle?.portFiles.map(({ path }) => path)).toContain("port/Makefile");
  });

  it("gives each its own signature", () => {
    const ids = [...bundles.values()].map(({ distillation }) => distillation.signature.id);
    expect(new Set(ids).size).toBe(sampleCases.failures.length);
  });

  it("tells of each in the journal, with a bundle that is there", async () => {
    const { records, damaged } = await readJournal(join(builder.evidence, "journal/events.log"), {
      offset: 0,
    });
    expect(damaged).toBe(0);
    const failures = records.filter(({ event }) => event === "failure");
    expect(failures.map(({ origin }) => origin).sort()).toEqual([...bundles.keys()].sort());
    for (const { bundle } of failures) expect(bundle).toMatch(/^[^/]+\/[^/]+$/);
  });
});
