import type { Note } from "@portwright/server/protocol";

/** What people said about a case as a document, newest first. */
export function notesText(notes: readonly Note[]): string {
  return notes.map(noteText).join("\n");
}

function noteText({ who, text, kind = "note", at, revision, anchor, steers }: Note): string {
  const head = [
    at === undefined ? "" : new Date(at).toISOString().replace("T", " ").slice(0, 16),
    who,
    revision === undefined ? kind : `${kind} (revision ${revision})`,
    anchor && `${anchor.path}:${anchor.line}`,
    steers && "told to the next attempt",
  ];
  return `${head.filter(Boolean).join(" · ")}\n${text.replace(/^/gm, "    ")}\n`;
}
