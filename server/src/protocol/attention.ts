import type { Case } from "./entities/cases.ts";
import type { Check } from "./entities/environments.ts";
import type { EnvironmentKind } from "./vocabulary.ts";

/** Nothing more happens to it until a person says so. */
export function needsPerson({ state, decision }: Pick<Case, "state" | "decision">): boolean {
  if (state === "waiting" || state === "escalated") return true;
  return state === "triaged" && decision !== null && decision.tier !== "AUTO" && !decision.rebuild;
}

/** A person has put it out of sight; nothing is done about it by itself. `now` is in milliseconds since the epoch. */
export function isHidden(
  { ignored, snoozedUntil = 0 }: Pick<Case, "ignored" | "snoozedUntil">,
  now: number,
): boolean {
  return ignored === true || snoozedUntil > now;
}

/** What a check found, and with what is amiss what to do about it. */
export const checkText = (check: Check): string =>
  check.ok ? check.message : `${check.message}: ${check.action}`;

/** How an environment is kept apart; one of another host by what that host does. */
export const kindText = (kind: EnvironmentKind, farKind?: EnvironmentKind): string =>
  farKind === undefined ? kind : `${kind} (${farKind})`;
