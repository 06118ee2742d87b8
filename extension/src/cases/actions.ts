import type { Case, CaseState } from "@portwright/server/protocol";

export { needsPerson } from "@portwright/server/attention";

/** What a person can ask for on a case. The server decides; this only keeps the impossible out of the menus. */
export type CaseAction =
  | "triage"
  | "patch"
  | "verify"
  | "accept"
  | "reject"
  | "deliver"
  | "undoDelivery"
  | "steer"
  | "stop";

const actionsByState: Readonly<Record<CaseState, readonly CaseAction[]>> = {
  open: ["triage", "stop"],
  triaged: ["triage", "patch", "verify", "stop"],
  patching: ["steer", "stop"],
  // Where automation is off nobody but a person asks for the proof.
  proving: ["verify", "stop"],
  waiting: ["patch", "verify", "accept", "reject"],
  escalated: ["triage", "patch", "verify", "reject"],
  accepted: ["reject", "deliver"],
  delivered: ["undoDelivery"],
  rejected: ["triage", "patch", "verify"],
  closed: [],
};

/** `patch` needs a diagnosis and `verify` a diff, whatever the state. */
export function caseActions({ state, decision, diffSha256 }: Case): CaseAction[] {
  return actionsByState[state].filter(
    (action) => (action !== "patch" || decision !== null) && (action !== "verify" || diffSha256 !== null),
  );
}

/** The server works on it, or will by itself. */
export function isBusy({ state }: Case): boolean {
  return state === "patching" || state === "proving";
}
