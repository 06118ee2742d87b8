import { describe, expect, it } from "vitest";
import {
  allowing,
  type CaseAction,
  caseActions,
  needsPerson,
} from "../../../../extension/src/cases/actions.ts";
import { CaseState } from "../../../../server/src/protocol/index.ts";
import { caseTransition, type CaseAction as Step } from "../../../../server/src/tracker/lifecycle.ts";
import { sampleCase } from "../samples.ts";

/** What an action on running work leaves to the work itself has no step of the case. */
const steps: Partial<Record<CaseAction, Step>> & Record<Exclude<CaseAction, "steer" | "stop">, Step> = {
  triage: "triaged",
  patch: "patch-started",
  verify: "proof-started",
  accept: "accept",
  reject: "reject",
  deliver: "deliver",
  undoDelivery: "undo",
};

describe("caseActions", () => {
  for (const state of CaseState.options)
    it(`${state}: nothing is offered that the server would refuse`, () => {
      for (const action of caseActions(sampleCase({ state })))
        if (steps[action]) expect(caseTransition(state, steps[action]), action).not.toBeNull();
    });

  it("needs a diagnosis to patch and a diff to verify", () => {
    expect(caseActions(sampleCase({ state: "escalated", decision: null }))).not.toContain("patch");
    expect(caseActions(sampleCase({ state: "escalated", diffSha256: null }))).not.toContain("verify");
    expect(caseActions(sampleCase({ state: "escalated" }))).toEqual(["triage", "patch", "verify", "reject"]);
  });

  it("offers accept and reject for a proved fix", () => {
    expect(caseActions(sampleCase())).toEqual(expect.arrayContaining(["accept", "reject"]));
  });
});

it("asks the server only for states in which the action is possible", () => {
  const wish = allowing("accept", "deliver");
  expect(new Set(wish.states)).toEqual(new Set(["waiting", "accepted"]));
  expect(wish.fits(sampleCase())).toBe(true);
  expect(wish.fits(sampleCase({ state: "open" }))).toBe(false);
});

describe("needsPerson", () => {
  const decision = sampleCase().decision;
  const manual = decision && { ...decision, tier: "MANUAL" as const };
  it.each([
    [sampleCase({ state: "waiting" }), true],
    [sampleCase({ state: "escalated" }), true],
    [sampleCase({ state: "triaged", decision: manual }), true],
    [sampleCase({ state: "triaged" }), false],
    [sampleCase({ state: "open", decision: null }), false],
    [sampleCase({ state: "accepted" }), false],
  ])("%#", (subject, expected) => expect(needsPerson(subject)).toBe(expected));
});
