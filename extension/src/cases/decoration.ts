import type { CaseState } from "@portwright/server/protocol";

/** One letter beside a case and the colour of its name. */
interface CaseDecoration {
  badge?: string;
  color?: string;
}

/** A case as a resource, whose address says all that its decoration shows. */
export const caseScheme = "portwright-case";

const decorations: Readonly<Record<CaseState | "hidden", CaseDecoration>> = {
  open: { badge: "N" },
  triaged: {},
  patching: { badge: "R", color: "charts.blue" },
  proving: { badge: "R", color: "charts.blue" },
  waiting: { badge: "✓", color: "charts.green" },
  escalated: { badge: "!", color: "list.warningForeground" },
  accepted: { badge: "A", color: "charts.green" },
  rejected: { badge: "X", color: "disabledForeground" },
  delivered: { badge: "D", color: "charts.green" },
  closed: { color: "disabledForeground" },
  hidden: { color: "disabledForeground" },
};

/** `look` is a state, or `hidden` for an ignored or snoozed case; null for anything else. */
export function caseDecoration(look: string): CaseDecoration | null {
  return Object.hasOwn(decorations, look) ? decorations[look as keyof typeof decorations] : null;
}
