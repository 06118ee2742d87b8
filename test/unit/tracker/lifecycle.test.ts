import { describe, expect, test } from "vitest";
import { CaseState } from "../../../server/src/protocol/index.ts";
import { type CaseAction, caseTransition, possibleActions } from "../../../server/src/tracker/lifecycle.ts";

/** The whole table: every action in every state; `-` is refused. */
const expected = `
                  open      triaged   patching  proving   waiting   escalated accepted  rejected  delivered closed
triaged           triaged   triaged   -         -         -         triaged   -         triaged   -         -
patch-started     patching  patching  patching  patching  patching  patching  -         patching  -         -
proof-started     proving   proving   proving   proving   proving   proving   -         proving   -         -
proved            -         -         -         waiting   -         -         -         -         -         -
escalate          escalated escalated escalated escalated -         escalated -         escalated -         -
accept            -         -         -         -         accepted  -         -         -         -         -
reject            -         -         -         -         rejected  rejected  rejected  -         -         -
deliver           -         -         -         -         -         -         delivered -         delivered -
undo              -         -         -         -         -         -         -         -         accepted  -
built             closed    closed    closed    closed    closed    closed    closed    closed    closed    closed
failed-again      open      triaged   patching  proving   waiting   escalated accepted  rejected  delivered open
failed-otherwise  open      open      open      open      open      open      open      open      open      open
`;

const [head = "", ...lines] = expected.trim().split("\n");
const states = head
  .trim()
  .split(/\s+/)
  .map((name) => CaseState.parse(name));
const rows = lines.map((line) => line.split(/\s+/)) as [CaseAction, ...string[]][];

describe("the life of a case", () => {
  test("the table names every state", () => {
    expect([...states].sort()).toEqual([...CaseState.options].sort());
  });

  test.each(rows)("%s", (action, ...outcomes) => {
    for (const [index, state] of states.entries())
      expect(caseTransition(state, action) ?? "-", `${action} in ${state}`).toBe(outcomes[index]);
  });

  test.each(states)("%s lists exactly the actions it takes", (state) => {
    const taken = rows.map(([action]) => action).filter((action) => caseTransition(state, action) !== null);
    expect(possibleActions(state).sort()).toEqual(taken.sort());
  });
});
