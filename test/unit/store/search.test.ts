import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Case, Finding, NewEvent } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { PageRequest, SearchFilter, Store } from "../../../server/src/store/types.ts";
import { sampleBundle, sampleCase, sampleRun } from "../../fixtures/states/entities.ts";
import { putStored } from "../../fixtures/states/stored.ts";

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-search-"));
  store = openStore({ dir, now: () => 50_000 });
  store.append(["run-1", "run-2"].map((id) => ({ type: "run/changed", payload: sampleRun({ id }) })));
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

let bundles = 0;

interface Failure extends Partial<Case> {
  runId?: string;
  lines?: string[];
}

/** A port that fails; its case is named as the port. */
function failure({ runId = "run-1", lines = [], ...changes }: Failure): NewEvent[] {
  const { origin = "devel/one", target = "@main", cause = "", signature = "aaaa", phase = "build" } = changes;
  const { classification = "compile-error" } = changes;
  const finding = (text: string): Finding => ({
    ...{ kind: "x", line: 1, offset: 0, text, phase, captures: {}, confidence: 1, role: "primary" },
  });
  const id = `bundle-${++bundles}`;
  const pkgname = `${origin.split("/")[1]}-1.0.pkg`;
  const diagnosis = {
    ...{
      ...sampleBundle().diagnosis,
      classification,
      phase,
      signature: { version: 1, id: signature, key: "" },
    },
    ...{ reason: "", cause: finding(cause), findings: [finding(cause), ...lines.map(finding)] },
  };
  return [
    { type: "bundle/added", payload: sampleBundle({ id, runId, target, origin, pkgname, diagnosis }) },
    {
      type: "case/changed",
      payload: sampleCase({
        id: `${target}:${origin}`,
        ...changes,
        target,
        origin,
        cause,
        signature,
        bundleId: id,
      }),
    },
  ];
}

const fails = (...failures: Failure[]) => failures.map((one) => store.append(failure(one)));
const find = (text: string, filter: SearchFilter = {}, page: PageRequest = { limit: 50 }) =>
  store.search(text, filter, page);
const found = (text: string, filter: SearchFilter = {}) =>
  find(text, filter).items.map(({ case: { origin }, matched }) => `${origin} ${matched}`);

test("a port's name comes before a cause, that before other lines, and each newest first", () => {
  fails(
    { origin: "devel/other", cause: "error", lines: ["cannot find readline.so"] },
    { origin: "shells/sh", cause: "undefined reference to `readline'" },
    { origin: "devel/readline", cause: "error" },
    { origin: "lang/lua", cause: "readline.h: no such file" },
  );
  expect(found("readline")).toEqual([
    "devel/readline port",
    "lang/lua cause",
    "shells/sh cause",
    "devel/other evidence",
  ]);
});

test("all words have to be there, a beginning is enough, and neither case nor accents count", () => {
  fails(
    { origin: "devel/a", cause: "x.c:1: error: unknown type name 'Été_t'" },
    { origin: "devel/b", cause: "ld: undefined symbol: foo_init" },
  );
  expect(found("UNKNOWN ete_t")).toEqual(["devel/a cause"]);
  expect(found("devel undefi")).toEqual(["devel/b cause"]);
  expect(found("foo_init")).toEqual(["devel/b cause"]);
  expect(found("unknown undefined")).toEqual([]);
  // One or two letters are a word of their own, and no beginning.
  expect([found("x.c"), found("un")]).toEqual([["devel/a cause"], []]);
  expect(found("compile-error")).toHaveLength(2);
});

test("the same failure is one entry however often it comes, an earlier one stays found", () => {
  fails(
    { cause: "old trouble", signature: "s1" },
    { cause: "new trouble", signature: "s2" },
    { cause: "new trouble", signature: "s2", runId: "run-2" },
  );
  const { items } = find("trouble");
  expect(items.map(({ signature, runId }) => [signature, runId])).toEqual([
    ["s2", "run-2"],
    ["s1", "run-1"],
  ]);
  expect(items.map(({ case: { signature } }) => signature)).toEqual(["s2", "s2"]);
  expect(find("trouble", { run: "run-1" }).items).toHaveLength(2);
  expect(find("trouble", { run: "run-2" }).items.map(({ signature }) => signature)).toEqual(["s2"]);
});

test("filters ask of the failure and of its case", () => {
  fails(
    { origin: "a/open", cause: "trouble" },
    {
      origin: "a/waiting",
      cause: "trouble",
      state: "waiting",
      classification: "patch-error",
      phase: "patch",
    },
    { origin: "a/hidden", cause: "trouble", ignored: true },
    { origin: "a/elsewhere", cause: "trouble", target: "@2026Q3" },
  );
  expect(found("trouble", { target: "@2026Q3" })).toEqual(["a/elsewhere cause"]);
  expect(found("trouble", { states: ["waiting", "closed"] })).toEqual(["a/waiting cause"]);
  expect(found("trouble", { classifications: ["patch-error"] })).toEqual(["a/waiting cause"]);
  expect(found("trouble", { phase: "patch" })).toEqual(["a/waiting cause"]);
  expect(found("trouble", { hidden: "only" })).toEqual(["a/hidden cause"]);
  expect(found("trouble", { hidden: "without", target: "@main" })).toEqual([
    "a/waiting cause",
    "a/open cause",
  ]);
});

test("pages neither repeat nor miss what was there when the first was read", () => {
  const ports = Array.from({ length: 9 }, (_, n) => ({
    origin: n % 3 === 0 ? `devel/trouble${n}` : `devel/port${n}`,
    cause: n % 3 === 1 ? "trouble" : "",
    lines: n % 3 === 2 ? ["trouble"] : [],
  }));
  fails(...ports);
  const whole = found("trouble");
  const paged: string[] = [];
  let cursor: string | null = null;
  do {
    const page = find("trouble", {}, { limit: 2, cursor: cursor ?? undefined });
    paged.push(...page.items.map(({ case: { origin }, matched }) => `${origin} ${matched}`));
    cursor = page.nextCursor;
    fails({ origin: `devel/trouble-later${paged.length}`, cause: "trouble" });
  } while (cursor !== null);
  expect(whole).toHaveLength(9);
  // What came meanwhile stands before the first page, or where no page was read yet.
  expect(paged.filter((row) => !row.includes("later"))).toEqual(whole);
  expect(new Set(paged).size).toBe(paged.length);
});

test("a snippet is the line with the words, short and without anything invisible", () => {
  fails({
    cause: "make: stopped",
    lines: ["nothing", `\u001b[31m${"x".repeat(500)} Wanted\u202e\u0007 word ${"y".repeat(500)}\nand more`],
  });
  const [hit] = find("wanted word").items;
  expect(hit?.snippet).toContain("Wanted word yyy");
  expect(hit?.snippet.length).toBeLessThanOrEqual(202);
  expect(hit?.snippet).not.toMatch(/\p{Cc}|\u202e/u);
});

test("whatever a person types is only words", () => {
  fails({ origin: "devel/quoted", cause: 'He said "AND" NEAR(x) port:y' });
  for (const text of [
    '"AND"',
    "NEAR(x)",
    "port:y",
    "said -nothing*",
    '"',
    "*",
    "^",
    "a\0b",
    "(",
    "NOT",
    "{port}:",
  ])
    expect(() => find(text), text).not.toThrow();
  expect(found('"AND" NEAR(x) port:y')).toEqual(["devel/quoted cause"]);
  expect(found("*** -> ()")).toEqual([]);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      find(text, {}, { limit: 5 });
    }),
    { examples: [["\ud800"], ['"" OR ""'], ["x".repeat(200)]] },
  );
});

test("what was quoted is found by any of its words", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9_./-]{2,11}[a-z]$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      fails({ origin: "devel/any", cause: words.join(" "), signature: words.join(" ") });
      for (const one of words)
        expect(find(one, {}, { limit: 200 }).items.map(({ signature }) => signature)).toContain(
          words.join(" "),
        );
    }),
    { numRuns: 25 },
  );
});

test("a state of an earlier schema is filled with what is in it", async () => {
  const old = await mkdtemp(join(tmpdir(), "portwright-search-old-"));
  putStored(1, old);
  const migrated = openStore({ dir: old, now: () => 1 });
  const { items } = migrated.search("one compile-error", { run: "run-1" }, { limit: 9 });
  expect(items.map(({ case: { id }, bundleId }) => [id, bundleId])).toEqual([["case-1", "bundle-1"]]);
  migrated.close();
  await rm(old, { recursive: true });
});

test("the index holds what its transaction holds", () => {
  const [bundle] = failure({ cause: "trouble" });
  if (bundle === undefined) throw new Error("a failure has a bundle");
  expect(() =>
    store.transact(() => ({
      events: [bundle, { type: "note/recorded", payload: {} as never }],
      value: null,
    })),
  ).toThrow();
  fails({ origin: "devel/kept", cause: "trouble" });
  expect(found("trouble")).toEqual(["devel/kept cause"]);
  const db = new Database(join(dir, "state.db"), { readonly: true });
  expect(db.prepare("select count(*) from failure_words").pluck().get()).toBe(1);
  db.close();
});
