import { expect, it } from "vitest";
import { anyCase } from "../../../../extension/src/cases/actions.ts";
import { offeredCases } from "../../../../extension/src/cases/offered.ts";
import { sampleCase } from "../../../fixtures/states/entities.ts";
import { openCaseStore } from "./caseStore.ts";

it("says whether it looked at all cases, or a person has to add words", async () => {
  await using store = await openCaseStore();
  const caseOf = (n: number) => sampleCase({ id: `${n}`, origin: `devel/p${n}`, bundleId: "b1" });
  store.put(...Array.from({ length: 201 }, (_, n) => caseOf(n)));
  const offered = (text: string) => offeredCases(store.call, anyCase, text, new AbortController().signal);
  const { cases, isAll } = await offered("");
  expect([cases.length, isAll]).toEqual([200, false]);
  expect(await offered("p200")).toEqual({ cases: [caseOf(200)], isAll: true });
});
