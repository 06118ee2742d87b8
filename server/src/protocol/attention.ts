import type { Case } from "./entities/cases.ts";

/** Nothing more happens to it until a person says so. */
export function needsPerson({ state, decision }: Pick<Case, "state" | "decision">): boolean {
  if (state === "waiting" || state === "escalated") return true;
  return state === "triaged" && decision !== null && decision.tier !== "AUTO";
}
