import type { FindingKind } from "../kinds.ts";

/**
 * One row of a matcher table. The pattern is only tried on lines that hold one of the words (any case), so a
 * word must be as long and as rare as the message allows. Patterns see `comparable` text: every quote is ' or ".
 * Named groups become captures; they must not backtrack more than linearly.
 */
export interface Rule {
  readonly kind: FindingKind;
  readonly words: readonly string[];
  readonly pattern: RegExp;
  /** Replaces the kind's weight where this wording is more or less telling. */
  readonly weight?: number;
  readonly role?: "secondary" | "terminal";
  /** Captures that the wording implies. */
  readonly implies?: Readonly<Record<string, string>>;
}

type Extra = Pick<Rule, "weight" | "role" | "implies">;

export function rule(kind: FindingKind, words: readonly string[], pattern: RegExp, extra: Extra = {}): Rule {
  return { kind, words, pattern, ...extra };
}

const LOCATION = String.raw`^(?:In file included from )?(?<file>[^\s:"'][^:"']{0,400}):(?<line>\d+)(?:[:.-]\d+)*: (?:fatal )?error: `;

/** A row for `FILE:LINE[:COLUMN]: error: MESSAGE` as gcc, clang and their kin print it. */
export function diagnostic(
  kind: FindingKind,
  words: readonly string[],
  message: RegExp,
  extra: Extra = {},
): Rule {
  return rule(kind, words, new RegExp(LOCATION + message.source), extra);
}
