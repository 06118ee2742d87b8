import { expect, it } from "vitest";
import type { Call } from "../../../../extension/src/connection/client.ts";
import { readDocument } from "../../../../extension/src/documents/content.ts";

it("shows all notes of a case, of however many pages", async () => {
  const noteOf = (text: string) => ({ caseId: "c", who: "ann", text });
  const call = async (_: string, { cursor }: { cursor?: string }) =>
    cursor === "older"
      ? { notes: [noteOf("first")], nextCursor: null }
      : { notes: [noteOf("last")], nextCursor: "older" };
  const notes = { kind: "caseText", text: "notes", caseId: "c", name: "notes" } as const;
  const text = Buffer.from(await readDocument(call as unknown as Call, notes)).toString();
  expect(text).toBe("ann · note\n    last\n\nann · note\n    first\n");
});
