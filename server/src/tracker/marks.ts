import type { Case, Params } from "../protocol/index.ts";

type Marks = Pick<Params<"case/mark">, "ignored" | "snoozedUntil" | "assignee">;

/** The case with the marks that a person asks for, and what of it is new, in words; nothing for what it bears already. */
export function marked(
  subject: Case,
  { ignored, snoozedUntil, assignee }: Marks,
): { changed: Case; said: string[] } {
  const changed = { ...subject };
  const said: string[] = [];
  if (ignored !== undefined && ignored !== (subject.ignored ?? false)) {
    if (ignored) changed.ignored = true;
    else delete changed.ignored;
    said.push(ignored ? "ignored" : "no longer ignored");
  }
  if (snoozedUntil !== undefined && snoozedUntil !== (subject.snoozedUntil ?? null)) {
    if (snoozedUntil === null) delete changed.snoozedUntil;
    else changed.snoozedUntil = snoozedUntil;
    said.push(
      snoozedUntil === null ? "no longer snoozed" : `snoozed until ${new Date(snoozedUntil).toISOString()}`,
    );
  }
  if (assignee !== undefined && assignee !== (subject.assignee ?? null)) {
    if (assignee === null) delete changed.assignee;
    else changed.assignee = assignee;
    said.push(assignee === null ? `no longer assigned to ${subject.assignee}` : `assigned to ${assignee}`);
  }
  return { changed, said };
}
