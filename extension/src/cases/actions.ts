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

/** Out of sight, until a person looks for what is hidden. */
export function isHidden({ ignored, snoozedUntil }: Case, now: number): boolean {
  return ignored === true || (snoozedUntil !== undefined && snoozedUntil > now);
}

export type MarkAction = "ignore" | "unignore" | "snooze" | "wake";

/** Marks that can be set on a case or taken from it. */
export function markActions(subject: Case, now: number): MarkAction[] {
  if (subject.ignored) return ["unignore"];
  return isHidden(subject, now) ? ["ignore", "wake"] : ["ignore", "snooze"];
}

/** Which cases a command is for; `states` narrows down what the server is asked for. */
export interface CaseWish {
  readonly states?: readonly CaseState[];
  fits(subject: Case): boolean;
}

export const anyCase: CaseWish = { fits: () => true };
export const busyCase: CaseWish = { states: ["patching", "proving"], fits: isBusy };
export const withSession: CaseWish = { fits: ({ attempts }) => attempts > 0 };
export const withDiff: CaseWish = { fits: ({ diffSha256 }) => diffSha256 !== null };

/** Cases for which one of the actions can be asked. */
export function allowing(...actions: readonly CaseAction[]): CaseWish {
  const states = Object.entries(actionsByState)
    .filter(([, possible]) => possible.some((action) => actions.includes(action)))
    .map(([state]) => state as CaseState);
  return { states, fits: (subject) => caseActions(subject).some((action) => actions.includes(action)) };
}
