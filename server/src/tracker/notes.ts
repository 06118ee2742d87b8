import type { NewEvent, Note } from "../protocol/index.ts";

/** Where a note's time and id come from. */
export interface NoteSource {
  now: () => number;
  newId: () => string;
}

/** Whom notes of the server are by. */
export const serverName = "portwright";

type Words = Pick<Note, "caseId" | "who" | "text" | "kind" | "revision" | "anchor" | "steers">;

export function noted(words: Words, { now, newId }: NoteSource): NewEvent & { payload: Note } {
  return { type: "note/recorded", payload: { id: newId(), at: now(), ...words } };
}
