import { type Case, PortwrightError } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { caseActivity } from "../../tracker/activity.ts";
import { marked } from "../../tracker/marks.ts";
import { noted } from "../../tracker/notes.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

type MarkMethods = "case/mark" | "case/note" | "case/notes" | "case/activity";

export const marksHandlers: Pick<Handlers, MarkMethods> = {
  async "case/mark"({ case: ref, target, reason, ...marks }, { services, who }) {
    const { store, now } = services;
    if (marks.snoozedUntil && marks.snoozedUntil <= now())
      throw new PortwrightError("badParams", "snoozedUntil: that time is over; give a later one, or null");
    return store.transact(() => {
      const subject = resolveCase(store, ref, target);
      const { changed, said } = marked(subject, marks);
      if (said.length === 0) return { events: [], value: { case: subject } };
      const after: Case = { ...changed, updatedAt: now() };
      const notes = said.map((words) => {
        const text = reason === "" ? words : `${words}: ${reason}`;
        return noted({ caseId: subject.id, who, text, kind: "mark" }, services);
      });
      return { events: [...notes, { type: "case/changed", payload: after }], value: { case: after } };
    });
  },

  async "case/note"({ case: ref, target, kind, text, anchor, steers }, { services, who }) {
    const { store } = services;
    if (kind !== "comment" && (anchor !== undefined || steers))
      throw new PortwrightError("badParams", `anchor and steers are of a comment, and this is a ${kind}`);
    return store.transact(() => {
      const { id: caseId, origin } = resolveCase(store, ref, target);
      const before = kind === "context" ? newestContext(store, caseId) : null;
      if (text.trim() === "" && !before?.text)
        throw new PortwrightError(
          "badParams",
          kind === "context" ? `${origin} has no context to take away` : "text: say something",
        );
      const note = noted(
        {
          ...{ caseId, who, kind, text: text.trim() === "" ? "" : text },
          ...(kind === "context" ? { revision: (before?.revision ?? 0) + 1 } : {}),
          ...(anchor === undefined ? {} : { anchor }),
          ...(steers ? { steers } : {}),
        },
        services,
      );
      return { events: [note], value: { note: note.payload } };
    });
  },

  async "case/notes"({ case: ref, target, ...page }, { services: { store } }) {
    const { items, nextCursor } = store.notes({ caseId: resolveCase(store, ref, target).id }, page);
    return { notes: items, nextCursor };
  },

  async "case/activity"({ case: ref, target, ...page }, { services: { store } }) {
    const { items, nextCursor } = caseActivity(store, resolveCase(store, ref, target), page);
    return { activity: items, nextCursor };
  },
};

function newestContext(store: Store, caseId: string) {
  return store.notes({ caseId, kind: "context" }, { limit: 1 }).items[0] ?? null;
}
