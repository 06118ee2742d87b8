import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Case, type CaseGrouping, CaseOrder } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { CaseFilter, Page, PageRequest, Store } from "../../../server/src/store/types.ts";
import { sampleCase, sampleStory } from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
let clock: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-lists-"));
  clock = 50_000;
  store = openStore({ dir, now: () => clock });
  store.append(sampleStory().filter(({ type }) => type === "run/changed" || type === "bundle/added"));
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

function put(...cases: Partial<Case>[]): void {
  store.append(cases.map((changes) => ({ type: "case/changed", payload: sampleCase(changes) })));
}

function everyPage<T>(read: (request: PageRequest) => Page<T>, limit: number): T[] {
  const all: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = read({ limit, cursor });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

function ids(filter: CaseFilter, order?: CaseOrder): string[] {
  const found = everyPage((request) => store.cases(filter, request, order), 2).map(({ id }) => id);
  expect(store.cases(filter, { limit: 1 }, order).total).toBe(found.length);
  return found;
}

const decision = { tier: "ASSIST", proposedTier: "AUTO", rules: [], reason: "", recipes: [] } as const;

describe("orders", () => {
  const made: Partial<Case>[] = [
    { id: "a", origin: "www/a", blocked: 3, openedAt: 1 },
    { id: "b", origin: "audio/b", state: "waiting", openedAt: 2 },
    { id: "c", origin: "lang/c", flavor: "x", blocked: 90, openedAt: 3 },
    { id: "d", origin: "lang/c", flavor: "", target: "@2026Q3", state: "escalated", blocked: 1, openedAt: 4 },
    {
      id: "e",
      origin: "lang/c",
      flavor: "",
      state: "triaged",
      decision: { ...decision, rules: [], recipes: [] },
    },
    {
      id: "f",
      origin: "lang/f",
      state: "triaged",
      decision: { ...decision, tier: "AUTO", rules: [], recipes: [] },
    },
  ];

  test.each([
    ["newest", "edcbaf"],
    ["impact", "cadebf"],
    ["attention", "debcaf"],
    ["origin", "bdecfa"],
  ] as const)("%s", (order, expected) => {
    put(...made.map((one) => ({ openedAt: one.id === "e" ? 5 : 0, ...one })));
    expect(ids({}, order).join("")).toBe(expected);
    // The same through the other way that a question is answered.
    expect(ids({ text: "error" }, order).join("")).toBe(expected);
  });

  test("no page loses or repeats a case that keeps its place, while others change theirs", () => {
    put(...Array.from({ length: 60 }, (_, n) => ({ id: `n${n}`, origin: `x/p${n}`, blocked: n % 7 })));
    for (const order of CaseOrder.options) {
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = store.cases({}, { limit: 7, cursor }, order);
        seen.push(...page.items.map(({ id }) => id));
        const restless = seen.length % 2 ? "waiting" : "open";
        put({ id: "n59", origin: "x/p59", blocked: seen.length, state: restless });
        cursor = page.nextCursor;
      }
      const steady = seen.filter((id) => id !== "n59");
      expect(steady, order).toHaveLength(59);
      expect(new Set(steady).size, order).toBe(59);
    }
  });

  test("a cursor of one order is none of another", () => {
    put({ id: "a", origin: "x/a" }, { id: "b", origin: "x/b" });
    const { nextCursor } = store.cases({}, { limit: 1 }, "impact");
    const cursor = nextCursor ?? "";
    expect(store.cases({}, { limit: 1, cursor }, "impact").items).toHaveLength(1);
    for (const order of ["newest", "attention", "origin"] as const)
      expect(() => store.cases({}, { limit: 1, cursor }, order)).toThrow(/not from an earlier page/);
  });
});

test("each term of a filter, alone and together", () => {
  put(
    { id: "plain", origin: "x/plain" },
    { id: "mine", origin: "x/mine", assignee: "ann", classification: "timeout" },
    { id: "person", origin: "x/person", state: "waiting", maintainer: "Jo@Example.org" },
    { id: "ignored", origin: "x/ignored", state: "escalated", ignored: true },
    { id: "snoozed", origin: "x/snoozed", snoozedUntil: 60_000, pkgname: "Zlib-ng-1.2.pkg" },
  );
  const sorted = (filter: CaseFilter) => ids(filter).sort().join(" ");
  expect(sorted({ states: ["waiting", "escalated"] })).toBe("ignored person");
  expect(sorted({ states: [] })).toBe("");
  expect(sorted({ classifications: ["timeout", "fetch-error"] })).toBe("mine");
  expect(sorted({ assignee: "ann" })).toBe("mine");
  expect(sorted({ needsPerson: true })).toBe("ignored person");
  expect(sorted({ needsPerson: true, hidden: "without" })).toBe("person");
  expect(sorted({ needsPerson: false, hidden: "only" })).toBe("snoozed");
  expect(sorted({ text: "jo@example" })).toBe("person");
  expect(sorted({ text: "ZLIB-NG" })).toBe("snoozed");
  expect(sorted({ hidden: "only" })).toBe("ignored snoozed");
  clock = 60_000;
  expect(sorted({ hidden: "only" })).toBe("ignored");
  expect(sorted({ hidden: "without" })).toBe("mine person plain snoozed");
});

test("groups are counted, put in order and paged, and a group's key lists its cases", () => {
  put(
    { id: "a", origin: "x/a", signature: "s1", cause: "old cause", openedAt: 1, blocked: 2 },
    { id: "b", origin: "y/b", signature: "s1", cause: "new cause", openedAt: 2, state: "waiting" },
    { id: "c", origin: "y/c", signature: "s2", maintainer: "jo@x.org", target: "@2026Q3", blocked: 9 },
    { id: "d", origin: "z/d", signature: "s3", ignored: true, classification: "timeout" },
  );
  const all = (by: CaseGrouping, filter: CaseFilter = {}) => {
    const found = everyPage((request) => store.caseGroups(filter, by, request), 1);
    expect(store.caseGroups(filter, by, { limit: 1 }).total).toBe(found.length);
    for (const { key, cases } of found)
      expect(store.cases({ ...filter, group: { by, key } }, { limit: 9 }).total, key).toBe(cases);
    return found.map(({ key, cases, needsPerson, blocked }) => [key, cases, needsPerson, blocked].join(" "));
  };
  expect(all("signature")).toEqual(["s2 1 0 9", "s1 2 1 2", "s3 1 0 0"]);
  expect(all("signature", { hidden: "without" })).toEqual(["s2 1 0 9", "s1 2 1 2"]);
  expect(all("category")).toEqual(["y 2 1 9", "x 1 0 2", "z 1 0 0"]);
  expect(all("target")).toEqual(["@2026Q3 1 0 9", "@main 3 1 2"]);
  expect(all("class")).toEqual(["compile-error 3 1 11", "timeout 1 0 0"]);
  expect(all("maintainer")).toEqual(["jo@x.org 1 0 9", " 3 1 2"]);
  expect(all("class", { text: "nowhere" })).toEqual([]);
  const labels = store.caseGroups({}, "signature", { limit: 9 }).items.map(({ label }) => label);
  expect(labels[1]).toBe("new cause");
});
