import type { Note } from "@portwright/server/protocol";
import type { Call } from "../connection/client.ts";
import { everyRow } from "../pagedList.ts";

/** What people said about a case, newest first. */
export function notesOf(call: Call, caseId: string): Promise<Note[]> {
  return everyRow(async (page) => {
    const { notes: items, nextCursor } = await call("case/notes", { case: caseId, ...page });
    return { items, nextCursor };
  });
}
