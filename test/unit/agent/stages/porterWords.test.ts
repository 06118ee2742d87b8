import { expect, test } from "vitest";
import { porterWords } from "../../../../server/src/agent/stages/porterWords.ts";
import type { Note } from "../../../../server/src/protocol/index.ts";
import type { Store } from "../../../../server/src/store/types.ts";
import { sampleAttempt } from "../../extension/samples.ts";

/** A store of these notes, newest first. */
const saying = (...notes: Partial<Note>[]): Pick<Store, "notes"> => ({
  notes: ({ kind }, { limit }) => ({
    items: notes
      .map((note) => ({ caseId: "c1", who: "ann", text: "", at: 100, ...note }))
      .filter((note) => note.kind === kind)
      .slice(0, limit),
    nextCursor: null,
  }),
});
const job = { caseId: "c1", context: "look twice" };
const anchor = { diffSha256: "a".repeat(64), path: "ports/devel/foo/Makefile", line: 3 };

test("the words of the job come first, then the newest context, then steering comments with their place", () => {
  const store = saying(
    { kind: "context", text: "use gmake" },
    { kind: "context", text: "use ninja" },
    { kind: "comment", text: "why?", steers: true, anchor },
    { kind: "comment", text: "for people only", anchor },
    { kind: "note", text: "unrelated" },
  );
  expect(porterWords(store, job, [])).toEqual([
    { name: "request", text: "look twice" },
    { name: "context", text: "use gmake" },
    { name: "ports/devel/foo/Makefile:3", text: "ports/devel/foo/Makefile:3: why?" },
  ]);
});

test("a comment is told once: to the attempt that begins after it", () => {
  const store = saying({ kind: "comment", text: "why?", steers: true, at: 100 });
  expect(porterWords(store, job, [sampleAttempt({ startedAt: 50 })])[1]).toEqual({
    name: "comment",
    text: "why?",
  });
  expect(porterWords(store, job, [sampleAttempt({ startedAt: 101 })])).toHaveLength(1);
});

test("context that was taken away is not told", () => {
  const store = saying({ kind: "context", text: "" }, { kind: "context", text: "use gmake" });
  expect(porterWords(store, { ...job, context: "" }, [])).toEqual([]);
});
