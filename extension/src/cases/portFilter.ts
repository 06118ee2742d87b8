import type { CallParams, Case, CaseState, FailureClass } from "@portwright/server/protocol";
import { stateText, type Translate } from "./words.ts";

/** What of the failing ports a person wants to see. */
export interface PortFilter {
  /** None means all. */
  readonly states: readonly CaseState[];
  readonly classifications: readonly FailureClass[];
  readonly text: string;
  /** Only those assigned to the person here. */
  readonly mine: boolean;
  readonly needsPerson: boolean;
  /** Ignored and snoozed cases. */
  readonly hidden: "without" | "with" | "only";
}

/** How the cases of a target are put together; `none` puts the ones that block most first. */
export const groupings = ["none", "class", "signature", "category", "maintainer"] as const;
export type Grouping = (typeof groupings)[number];

/** Terms of `cases/list` and `cases/groups`. */
type CaseTerms = Omit<CallParams<"cases/groups">, "by" | "limit" | "cursor">;

export const everyPort: PortFilter = {
  ...{ states: [], classifications: [], text: "" },
  ...{ mine: false, needsPerson: false, hidden: "without" },
};

/** States of a case that is not closed; in the order in which a person looks at them. */
export const shownStates = [
  "waiting",
  "escalated",
  "triaged",
  "open",
  "patching",
  "proving",
  "accepted",
  "rejected",
  "delivered",
] as const satisfies readonly CaseState[];

export function caseTerms(filter: PortFilter, me: string): CaseTerms {
  const { states, classifications, text, mine, needsPerson, hidden } = filter;
  return {
    states: states.length > 0 ? [...states] : [...shownStates],
    ...(classifications.length > 0 && { classifications: [...classifications] }),
    ...(text && { text }),
    ...(mine && { assignee: me }),
    ...(needsPerson && { needsPerson }),
    ...(hidden !== "with" && { hidden }),
  };
}

export function isFiltered(filter: PortFilter): boolean {
  return JSON.stringify(caseTerms(filter, "")) !== JSON.stringify(caseTerms(everyPort, ""));
}

/** The terms in words, e.g. `"gettext", plist-error, mine`; "" for every port. */
export function filterText(filter: PortFilter, t: Translate): string {
  const { states, classifications, text, mine, needsPerson, hidden } = filter;
  const terms = [
    text && `"${text}"`,
    states.map((state) => stateText(state, t)).join("/"),
    classifications.join("/"),
    mine && t("mine"),
    needsPerson && t("for you"),
    hidden === "with" && t("hidden ones too"),
    hidden === "only" && t("only hidden ones"),
  ];
  return terms.filter(Boolean).join(", ");
}

/** Out of what was stored, whichever version of this extension stored it. */
export function readFilter(stored: unknown): PortFilter {
  const fields = (typeof stored === "object" && stored !== null ? stored : {}) as Record<string, unknown>;
  const { text, mine, needsPerson, hidden } = fields;
  const words = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((word) => typeof word === "string") : [];
  return {
    states: shownStates.filter((state) => words(fields.states).includes(state)),
    classifications: words(fields.classifications) as FailureClass[],
    text: typeof text === "string" ? text : "",
    mine: mine === true,
    needsPerson: needsPerson === true,
    hidden: hidden === "with" || hidden === "only" ? hidden : "without",
  };
}

export function readGrouping(stored: unknown): Grouping {
  return groupings.find((grouping) => grouping === stored) ?? "none";
}

/** Key of the group of `cases/groups` in which the case stands; null without groups. */
export function groupKey(subject: Case, grouping: Grouping): string | null {
  switch (grouping) {
    case "none":
      return null;
    case "class":
      return subject.classification;
    case "signature":
      return subject.signature;
    case "category":
      return subject.origin.slice(0, Math.max(0, subject.origin.indexOf("/")));
    case "maintainer":
      return subject.maintainer ?? "";
  }
}
