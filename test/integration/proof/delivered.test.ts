import { expect, test } from "vitest";
import { sealed } from "../../../server/src/proof/record.ts";
import { createProofService } from "../../../server/src/proof/service.ts";
import { sourceTrees } from "../../../server/src/proof/trees.ts";
import type { Proof } from "../../../server/src/protocol/index.ts";
import { sampleCase, sampleProof } from "../../fixtures/states/entities.ts";
import { type Bench, createBench, runGit, smallFix } from "../delivery/bench.ts";

const serviceOf = ({ store }: Pick<Bench, "store">) =>
  createProofService({ store, trees: sourceTrees(undefined), repeating: { refused: "not here" } });

async function checked(bench: Bench, proof: Proof): Promise<string[]> {
  const { findings, sound } = await serviceOf(bench).verify(proof);
  const found = findings.filter(({ what }) => what.startsWith("the record"));
  return [String(sound), ...found.map(({ what, state }) => `${what}: ${state}`)];
}

test("a record that was changed together with its hash is told by the commit that delivers it", async () => {
  await using bench = await createBench();
  const log = await bench.store.blobs.put(Buffer.from("a log\n"));
  const parts = {
    baseline: { phase: "build", signature: "s", logSha256: log },
    build: { phase: null, passed: true, logSha256: log },
  };
  const draft = await bench.accept(smallFix(bench.repository), { proof: parts });
  const proof = sealed(draft);
  bench.store.append([{ type: "proof/recorded", payload: proof }]);
  const { delivery } = await bench.delivery.apply("case-1", "ann");
  const commit = `the record in commit ${delivery.commit.slice(0, 12)}`;
  expect(await checked(bench, proof)).toEqual(["true", "the record: same", `${commit}: same`]);
  const forged = sealed({ ...proof, endedAt: proof.endedAt + 1 });
  expect(await checked(bench, forged)).toEqual(["false", "the record: same", `${commit}: differs`]);
  const { recordSha256: _, ...stripped } = proof;
  expect(await checked(bench, { ...stripped, endedAt: 7 })).toContain(`${commit}: differs`);

  runGit(bench.repository, "branch", "-D", delivery.branch);
  runGit(bench.repository, "gc", "-q", "--prune=now");
  expect(await checked(bench, proof)).toEqual(["true", "the record: same", `${commit}: unchecked`]);
  await bench.delivery.undo("case-1", "ann");
  expect(await checked(bench, proof)).toEqual(["true", "the record: same"]);
});

test("another record in a proof's place is told", async () => {
  await using bench = await createBench();
  const { store } = bench;
  const { id } = await bench.accept(smallFix(bench.repository));
  const other = sampleProof({ id: "proof-9", caseId: "case-9" });
  const swapped = serviceOf({ store: { ...store, proof: () => other } });
  expect(() => swapped.find(id)).toThrow(/in the place of proof proof-1 .* proof-9 of case case-9/);
  store.append([
    { type: "case/changed", payload: sampleCase({ id: "case-9", origin: "devel/nine", signature: "nine" }) },
    { type: "proof/recorded", payload: other },
    { type: "case/changed", payload: sampleCase({ state: "accepted", proofId: other.id }) },
  ]);
  expect(() => serviceOf(bench).find("case-1")).toThrow(/in the place of proof proof-9 .* of case case-9/);
});
