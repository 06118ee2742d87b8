import { type Case, type CaseState, type NewEvent, PortwrightError } from "../protocol/index.ts";

/**
 * What can happen to a case. `failed-again` is one more failure with the signature that is known, `failed-otherwise` one
 * with another signature; `built` is a successful build of the port by the builder itself, not by an attempt.
 */
export type CaseAction =
  | "triaged"
  | "patch-started"
  | "proof-started"
  | "proved"
  | "escalate"
  | "accept"
  | "reject"
  | "deliver"
  | "undo"
  | "built"
  | "failed-again"
  | "failed-otherwise";

type Row = Readonly<Partial<Record<CaseAction, CaseState>>>;

/** A person, or a policy, may ask for work on these whatever came of earlier work. */
const workable = { triaged: "triaged", "patch-started": "patching", "proof-started": "proving" } as const;

/**
 * Starting what has already started is legal: a job resumed after a crash, or the next attempt after a failed proof.
 * New evidence of another failure reopens a case from anywhere: what was decided for the old one does not hold for it.
 * The same failure once more does not: each bulk run would spend again what a person was already asked about.
 */
const table: Readonly<Record<CaseState, Row>> = {
  open: {
    ...workable,
    escalate: "escalated",
    built: "closed",
    "failed-again": "open",
    "failed-otherwise": "open",
  },
  triaged: {
    ...workable,
    escalate: "escalated",
    built: "closed",
    "failed-again": "triaged",
    "failed-otherwise": "open",
  },
  patching: {
    "patch-started": "patching",
    "proof-started": "proving",
    escalate: "escalated",
    built: "closed",
    "failed-again": "patching",
    "failed-otherwise": "open",
  },
  proving: {
    "patch-started": "patching",
    "proof-started": "proving",
    proved: "waiting",
    escalate: "escalated",
    built: "closed",
    "failed-again": "proving",
    "failed-otherwise": "open",
  },
  waiting: {
    "patch-started": "patching",
    "proof-started": "proving",
    accept: "accepted",
    reject: "rejected",
    built: "closed",
    "failed-again": "waiting",
    "failed-otherwise": "open",
  },
  escalated: {
    ...workable,
    escalate: "escalated",
    reject: "rejected",
    built: "closed",
    "failed-again": "escalated",
    "failed-otherwise": "open",
  },
  accepted: {
    reject: "rejected",
    deliver: "delivered",
    built: "closed",
    "failed-again": "accepted",
    "failed-otherwise": "open",
  },
  // What is in the operator's repository has to be taken out of it before anything else is decided.
  delivered: {
    deliver: "delivered",
    undo: "accepted",
    built: "closed",
    "failed-again": "delivered",
    "failed-otherwise": "open",
  },
  rejected: {
    ...workable,
    escalate: "escalated",
    built: "closed",
    "failed-again": "rejected",
    "failed-otherwise": "open",
  },
  closed: { built: "closed", "failed-again": "open", "failed-otherwise": "open" },
};

/** The state after `action`, or null where a case in `state` does not take it. */
export function caseTransition(state: CaseState, action: CaseAction): CaseState | null {
  return table[state][action] ?? null;
}

/** The actions that a case in `state` takes, in the table's order. */
export function possibleActions(state: CaseState): CaseAction[] {
  return Object.keys(table[state]) as CaseAction[];
}

/**
 * The event of a case that takes `action`. Throws PortwrightError badState when it does not: something else, such as
 * new evidence of another failure, happened to the case meanwhile.
 */
export function caseChange(
  subject: Case,
  action: CaseAction,
  at: number,
  changes: Partial<Case> = {},
): NewEvent {
  const state = caseTransition(subject.state, action);
  if (state === null)
    throw new PortwrightError(
      "badState",
      `${subject.origin} is ${subject.state} and does not take "${action}"`,
    );
  return { type: "case/changed", payload: { ...subject, ...changes, state, updatedAt: at } };
}
