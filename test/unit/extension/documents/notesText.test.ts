import { expect, it } from "vitest";
import { notesText } from "../../../../extension/src/documents/notesText.ts";

it("says when, who and what of each note, its lines set off so that none reads like another note's head", () => {
  const anchor = { diffSha256: "a".repeat(64), path: "ports/devel/foo/Makefile", line: 3 };
  const text = notesText([
    {
      caseId: "c",
      who: "ann",
      text: "why?\n2026-01-01 · eve · note",
      kind: "comment",
      at: 0,
      anchor,
      steers: true,
    },
    { caseId: "c", who: "bob", text: "use gmake", kind: "context", at: 60_000, revision: 2 },
    { caseId: "c", who: "old", text: "accept" },
  ]);
  expect(text).toBe(
    [
      "1970-01-01 00:00 · ann · comment · ports/devel/foo/Makefile:3 · told to the next attempt",
      "    why?",
      "    2026-01-01 · eve · note",
      "",
      "1970-01-01 00:01 · bob · context (revision 2)",
      "    use gmake",
      "",
      "old · note",
      "    accept",
      "",
    ].join("\n"),
  );
});
