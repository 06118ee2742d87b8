import { expect, test } from "vitest";
import type { Bundle, Case, Proof } from "../../../server/src/protocol/index.ts";
import type { PageRequest, Store } from "../../../server/src/store/types.ts";
import { lastGoodLog } from "../../../server/src/tracker/lastGood.ts";
import { sampleBundle, sampleCase, sampleProof } from "../../fixtures/states/entities.ts";

const hash = (digit: string) => digit.repeat(64);
const proof = (endedAt: number, logSha256: string, passed = true): Proof =>
  sampleProof({ endedAt, build: { phase: null, passed, logSha256 } });

function storeOf(cases: Case[], proofs: Record<string, Proof[]>, bundles: Bundle[] = []) {
  return {
    cases: (_: unknown, { limit }: PageRequest) => ({
      ...{ items: cases.slice(0, limit), total: cases.length, nextCursor: null },
    }),
    proofsOf: (id: string) => proofs[id] ?? [],
    bundlesOf: (target: string) => bundles.filter((bundle) => bundle.target === target),
  } as unknown as Store;
}
const here = sampleCase({ id: "here", target: "@main" });
const there = sampleCase({ id: "there", target: "@old" });

test("the newest good build of the case's own target wins over a newer one of another", () => {
  const store = storeOf([here, there], {
    here: [proof(10, hash("a")), proof(20, hash("b")), proof(30, hash("c"), false)],
    there: [proof(99, hash("d"))],
  });
  expect(lastGoodLog(store, here).log).toEqual({ sha256: hash("b"), at: 20, source: "proof on @main" });
});

test("without one there, another target's will do, and an imported log of a success", () => {
  const store = storeOf([here, there], { there: [proof(5, hash("d"))] });
  expect(lastGoodLog(store, here).log).toMatchObject({ sha256: hash("d"), source: "proof on @old" });
  const bundle = sampleBundle({ target: "@main", at: 7 });
  const imported = {
    ...bundle,
    diagnosis: { ...bundle.diagnosis, outcome: "succeeded" as const },
    artifacts: [{ name: "logs/full.log", sha256: hash("e"), bytes: 1 }],
  };
  const withImport = storeOf([here, there], { there: [proof(5, hash("d"))] }, [imported]);
  expect(lastGoodLog(withImport, here).log).toMatchObject({ sha256: hash("e") });
});

test("a port on ever so many targets is looked for on all of them", () => {
  const others = Array.from({ length: 60 }, (_, n) => sampleCase({ id: `${n}`, target: `@${n}` }));
  const store = storeOf([here, ...others], { 59: [proof(5, hash("d"))] });
  expect(lastGoodLog(store, here).log).toMatchObject({ source: "proof on @59" });
});

test("says why when there is none", () => {
  const { log, reason } = lastGoodLog(storeOf([here], {}), here);
  expect(log).toBeNull();
  expect(reason).toContain("evidence import");
});
