import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewEvent } from "../../../server/src/protocol/index.ts";
import { checkState } from "../../../server/src/store/sqlite/check.ts";
import { published } from "../../../server/src/store/sqlite/migrations.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { migrate } from "../../../server/src/store/sqlite/schema.ts";
import { sampleAttempt, sampleProof, sampleStory } from "../../fixtures/states/entities.ts";
import { putStored, storedSchemas } from "../../fixtures/states/stored.ts";
import { intakeCursors, storyOf } from "../../fixtures/states/story.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-schema-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** A state as that schema was written; where no Portwright wrote it for good, one that was brought there from the first. */
async function stateOf(schema: number): Promise<void> {
  const isStored = storedSchemas.includes(schema);
  putStored(isStored ? schema : 1, dir);
  if (isStored) return;
  const db = new Database(join(dir, "state.db"));
  migrate(db, published.slice(0, schema));
  db.close();
}

const signal = new AbortController().signal;

describe.each(published.map((_, index) => index + 1))("a state of schema %i", (schema) => {
  test("opens with all that is in it, and is found whole", async () => {
    await stateOf(schema);
    const written = storyOf(storedSchemas.includes(schema) ? schema : 1);
    const store = openStore({ dir, now: () => 1 });
    expect(store.events(0, 100).map(({ type, payload }) => ({ type, payload }))).toEqual(written);
    expect([store.case("case-1")?.state, store.proof("proof-1")?.verdict]).toEqual(["open", "proved"]);
    const found = store.cases({ group: { by: "category", key: "devel" }, needsPerson: false }, { limit: 9 });
    expect(found.items.map(({ id }) => id)).toEqual(["case-1"]);
    const groups = store.caseGroups({}, "signature", { limit: 9 }).items.filter(({ key }) => key === "aaaa");
    expect(groups).toEqual([{ key: "aaaa", label: "x.c:1: error: y", cases: 1, needsPerson: 0, blocked: 0 }]);
    store.close();
    const report = await checkState(dir, { signal, onProgress: () => {} });
    // Of the contents the stored file has but the names.
    const missing = written.flatMap(({ type, payload }) =>
      type === "bundle/added" ? payload.artifacts : [],
    );
    const problems = missing.map(({ sha256 }) => expect.stringContaining(sha256));
    expect(report).toMatchObject({ events: written.length, problems });
  });
});

describe.each(storedSchemas.filter((schema) => schema > 1))("what schema %i held", (schema) => {
  test("of people, repairs and failures is found as it was written", () => {
    putStored(schema, dir);
    const payloads = (type: NewEvent["type"]) =>
      storyOf(schema).flatMap((event) => (event.type === type ? [event.payload] : []));
    const store = openStore({ dir, now: () => 1 });
    expect(store.case("case-2")).toEqual(payloads("case/changed").at(-1));
    expect(store.deliveriesOf("case-2")).toEqual(payloads("delivery/changed"));
    expect(store.notes({ caseId: "case-2" }, { limit: 9 }).items).toMatchObject(payloads("note/recorded"));
    expect(store.steeringsOf("case-2")).toEqual(payloads("steering/changed"));
    expect(store.approvalsOf("case-2")).toEqual(payloads("approval/changed"));
    const counts = { recipe: "use-gmake", classification: "build-system-error", proved: 1, failed: 0 };
    expect(store.recipeOutcomes()).toEqual(schema < 7 ? [] : [counts]);
    for (const [name, value] of Object.entries(intakeCursors)) expect(store.cursor(name)).toBe(value);
    const hits = store.search("gearbox incomplete", { run: "run-1" }, { limit: 9 }).items;
    expect(hits.map(({ case: { id }, bundleId }) => [id, bundleId])).toEqual([["case-2", "bundle-2"]]);
    const results = store.results("run-1").map(({ origin, kind }) => [origin, kind]);
    expect(results).toEqual([
      ["devel/one", "failed"],
      ["games/figwheel", "failed"],
    ]);
    store.close();
  });
});

test("what people said before notes were kept apart is found, with the time it was recorded at", async () => {
  putStored(1, dir);
  const db = new Database(join(dir, "state.db"));
  const said = { caseId: "case-1", who: "ann", text: "accept: fine" };
  db.prepare("insert into events (at, type, payload) values (5, 'note/recorded', ?)").run(
    JSON.stringify(said),
  );
  db.close();
  const store = openStore({ dir, now: () => 1 });
  expect(store.notes({ caseId: "case-1" }, { limit: 9 }).items).toEqual([{ ...said, at: 5 }]);
  store.close();
});

test("a state of before recipes learned opens, and what they do from then on counts", async () => {
  putStored(1, dir);
  const store = openStore({ dir, now: () => 1 });
  expect(store.recipeOutcomes()).toEqual([]);
  const recipes = [
    { id: "use-gmake", classification: "build-system-error" as const, end: "passed" as const },
  ];
  store.append([
    { type: "attempt/changed", payload: sampleAttempt({ id: "after", number: 2, recipes }) },
    { type: "proof/recorded", payload: sampleProof({ id: "proof-2", attemptId: "after" }) },
  ]);
  const count = { recipe: "use-gmake", classification: "build-system-error", proved: 1, failed: 0 };
  expect(store.recipeOutcomes()).toEqual([count]);
  store.close();
});

test("migrations run once, in order, each whole or not at all", async () => {
  putStored(1, dir);
  const db = new Database(join(dir, "state.db"));
  const second = "create table marks (n integer); insert into marks values (2)";
  const third = "insert into marks values (3)";
  const first = "this is not run again";
  expect(() => migrate(db, [first, second, `${third}; insert into nowhere values (1)`])).toThrow(/nowhere/);
  expect(db.pragma("user_version", { simple: true })).toBe(2);
  expect(db.prepare("select n from marks").pluck().all()).toEqual([2]);
  migrate(db, [first, second, third]);
  migrate(db, [first, second, third]);
  expect(db.pragma("user_version", { simple: true })).toBe(3);
  expect(db.prepare("select n from marks").pluck().all()).toEqual([2, 3]);
  expect(db.prepare("select count(*) from events").pluck().get()).toBe(sampleStory().length);
  db.close();
});

test("a newer schema is refused with the remedy, and the file stays as it is", async () => {
  const db = new Database(join(dir, "state.db"));
  db.pragma("user_version = 99");
  db.close();
  const opening = () => openStore({ dir, now: () => 1 });
  expect(opening).toThrow(
    expect.objectContaining({ kind: "version", message: expect.stringMatching(/newer Portwright.*Install/) }),
  );
  const report = await checkState(dir, { signal, onProgress: () => {} });
  expect(report.problems).toEqual([expect.stringMatching(/newer Portwright.*Install/)]);
  const after = new Database(join(dir, "state.db"));
  expect(after.pragma("user_version", { simple: true })).toBe(99);
  expect(after.prepare("select count(*) from sqlite_master").pluck().get()).toBe(0);
  after.close();
  await rm(join(dir, "state.db"));
  opening().close();
});

test("a file that is no database is refused and kept", async () => {
  await writeFile(join(dir, "state.db"), "my shopping list ".repeat(100));
  expect(() => openStore({ dir, now: () => 1 })).toThrow(expect.objectContaining({ kind: "badState" }));
  expect(await readFile(join(dir, "state.db"), "utf8")).toMatch(/^my shopping list/);
});
