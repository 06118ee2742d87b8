import type { Case } from "@portwright/server/protocol";
import { type Grouping, groupKey } from "./portFilter.ts";

/** Where cases stand: below their target, or in a group of it. */
export interface CasePlace {
  readonly target: string;
  /** Key of the group; null where cases are not grouped. */
  readonly group: string | null;
}

/** Where the case stands, as far as is known of it. */
export function placeOf(subject: Case, grouping: Grouping): CasePlace {
  return { target: subject.target, group: groupKey(subject, grouping) };
}

/** The same for the same place. */
export const keyOf = ({ target, group }: CasePlace): string => JSON.stringify([target, group]);

/** Whether it stands where it stood, as far as can be told without the server. */
export function isPlacedAlike(before: Case, after: Case): boolean {
  const facts = (subject: Case): string =>
    JSON.stringify([
      ...[subject.state, subject.classification, subject.signature, subject.maintainer, subject.blocked],
      ...[subject.ignored, subject.snoozedUntil, subject.assignee],
    ]);
  return facts(before) === facts(after);
}
