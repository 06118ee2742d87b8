import { expect, test } from "vitest";
import type { CallParams } from "../../../server/src/protocol/index.ts";
import { connectClient } from "../../../server/src/rpc/client.ts";
import { seedCases, startTestServer } from "./services.ts";

async function serverWithCase() {
  const server = await startTestServer();
  seedCases(server.services.store, { id: "one", origin: "devel/one" });
  const client = await connectClient(server.rpc.path, { name: "test", version: "1" });
  const note = async (params: Omit<CallParams<"case/note">, "case">) =>
    (await client.call("case/note", { case: "one", ...params })).note;
  const notes = async () => (await client.call("case/notes", { case: "one" })).notes;
  return {
    ...{ server, client, note, notes },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("marks are kept on the case, each with a note of who set it and why", async () => {
  await using place = await serverWithCase();
  const { client, notes } = place;
  const until = Date.now() + 3_600_000;
  const marks = { ignored: true, snoozedUntil: until, assignee: "ann" };
  const { case: marked } = await client.call("case/mark", {
    case: "one",
    ...marks,
    reason: "upstream knows",
  });
  expect(marked).toMatchObject(marks);
  expect((await notes()).map(({ kind, who, text }) => [kind, who, text])).toEqual([
    ["mark", "tester", "assigned to ann: upstream knows"],
    ["mark", "tester", `snoozed until ${new Date(until).toISOString()}: upstream knows`],
    ["mark", "tester", "ignored: upstream knows"],
  ]);
  const again = await client.call("case/mark", { case: "one", ...marks });
  expect(again.case).toEqual(marked);
  expect(await notes()).toHaveLength(3);
  const gone = { ignored: false, snoozedUntil: null, assignee: null };
  const { case: bare } = await client.call("case/mark", { case: "one", ...gone });
  for (const mark of Object.keys(marks)) expect(bare).not.toHaveProperty(mark);
  await expect(client.call("case/mark", { case: "one", snoozedUntil: 1 })).rejects.toMatchObject({
    kind: "badParams",
    message: expect.stringContaining("snoozedUntil"),
  });
});

test("context has revisions, and the empty text takes it away", async () => {
  await using place = await serverWithCase();
  const { note, notes } = place;
  await expect(note({ kind: "context", text: " " })).rejects.toMatchObject({ kind: "badParams" });
  expect(await note({ kind: "context", text: "use gmake" })).toMatchObject({ revision: 1, who: "tester" });
  expect(await note({ kind: "context", text: "use ninja" })).toMatchObject({ revision: 2 });
  expect(await note({ kind: "context", text: "" })).toMatchObject({ revision: 3, text: "" });
  expect((await notes()).map(({ text }) => text)).toEqual(["", "use ninja", "use gmake"]);
});

test("a comment keeps its place and whether it steers; nothing else has one", async () => {
  await using place = await serverWithCase();
  const { note, notes } = place;
  const anchor = { diffSha256: "a".repeat(64), path: "ports/devel/one/Makefile", line: 3 };
  const comment = await note({ kind: "comment", text: "why?", anchor, steers: true });
  expect(comment).toMatchObject({ anchor, steers: true });
  expect(await notes()).toEqual([comment]);
  for (const wrong of [
    { kind: "note", text: "x", anchor },
    { kind: "note", text: "x", steers: true },
    { kind: "note", text: "" },
    { kind: "note", text: "x".repeat(8001) },
  ] as const)
    await expect(note(wrong)).rejects.toMatchObject({ kind: "badParams" });
});

test("notes are paged, newest first, and survive a restart", async () => {
  await using place = await serverWithCase();
  const { client, note, server } = place;
  for (const text of ["a", "b", "c"]) await note({ kind: "note", text });
  const first = await client.call("case/notes", { case: "one", limit: 2 });
  expect(first.notes.map(({ text }) => text)).toEqual(["c", "b"]);
  await note({ kind: "note", text: "d" });
  const rest = await client.call("case/notes", { case: "one", limit: 2, cursor: first.nextCursor ?? "" });
  expect(rest).toMatchObject({ notes: [{ text: "a" }], nextCursor: null });
  expect(server.services.store.notes({ caseId: "one" }, { limit: 10 }).items).toHaveLength(4);
});
