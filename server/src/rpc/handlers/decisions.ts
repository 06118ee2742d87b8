import { type Case, PortwrightError } from "../../protocol/index.ts";
import { caseTransition, possibleActions } from "../../tracker/lifecycle.ts";
import { noted } from "../../tracker/notes.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

export const decisionHandlers: Pick<Handlers, "case/decide"> = {
  async "case/decide"({ case: ref, target, decision, who, reason }, { services }) {
    const { store, now } = services;
    const { id } = resolveCase(store, ref, target);
    return store.transact(() => {
      const current = store.case(id);
      if (!current) throw new PortwrightError("notFound", `case ${id} is gone`);
      const state = caseTransition(current.state, decision);
      if (!state) {
        const possible = possibleActions(current.state).filter(
          (action) => action === "accept" || action === "reject",
        );
        throw new PortwrightError(
          "badState",
          `${current.origin} is ${current.state}: ${decision} needs a proved fix` +
            (possible.length > 0 ? ` (possible now: ${possible.join(", ")})` : ""),
        );
      }
      const decided: Case = { ...current, state, updatedAt: now() };
      const text = reason ? `${decision}: ${reason}` : decision;
      return {
        events: [
          noted({ caseId: id, who, text, kind: "decision" }, services),
          { type: "case/changed", payload: decided },
        ],
        value: { case: decided },
      };
    });
  },
};
