import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginSession } from "../../../server/src/environments/far/session.ts";

let parent: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "portwright-session-"));
});
afterAll(() => rm(parent, { recursive: true }));

function begin(folder: string, id: string, patienceMs?: number) {
  const end = new AbortController();
  const overtaken = Promise.withResolvers<void>();
  const begun = beginSession(folder, {
    ...{ id, signal: end.signal, patienceMs },
    overtaken: () => overtaken.resolve(),
  });
  return { begun, overtaken: overtaken.promise, end };
}

it("a session tells the one before, and begins when that is over", async () => {
  const folder = await mkdtemp(join(parent, "one-"));
  const first = begin(folder, "1");
  const held = await first.begun;
  const second = begin(folder, "2");
  await first.overtaken;
  let isOver = false;
  const begun = second.begun.then((session) => {
    expect(isOver).toBe(true);
    return session;
  });
  isOver = true;
  held[Symbol.dispose]();
  (await begun)[Symbol.dispose]();
  expect((await readdir(folder)).sort()).toEqual(["lock.db", "lock.pid", "session"]);
});

it("one that waited while a later one came does not begin", async () => {
  const folder = await mkdtemp(join(parent, "later-"));
  const first = begin(folder, "1");
  const held = await first.begun;
  const second = begin(folder, "2");
  await first.overtaken;
  const third = begin(folder, "3");
  const refused = expect(second.begun).rejects.toThrow("a later session of that server has come");
  await second.overtaken;
  const both = Promise.all([refused, third.begun]);
  held[Symbol.dispose]();
  const [, session] = await both;
  session[Symbol.dispose]();
});

it("nothing is lent while an earlier session does not end", async () => {
  const folder = await mkdtemp(join(parent, "stuck-"));
  const held = await begin(folder, "1").begun;
  await expect(begin(folder, "2", 300).begun).rejects.toMatchObject({
    name: "Unhealthy",
    message: expect.stringContaining("has not ended there yet"),
  });
  const given = begin(folder, "3");
  given.end.abort();
  await expect(given.begun).rejects.toMatchObject({ name: "AbortError" });
  held[Symbol.dispose]();
});
