import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Store } from "../../../server/src/store/types.ts";
import { applyRecord, applyReported } from "../../../server/src/tracker/apply.ts";
import type { RecordFields } from "../../../server/src/tracker/records.ts";
import { PendingView } from "../../../server/src/tracker/view.ts";
import { sampleBundle } from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
let ids: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-blocked-"));
  store = openStore({ dir, now: () => 1_800_000_000_000 });
  ids = 0;
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

/** Takes records as one batch; the number of events that each case had in it. */
function feed(run: string, ...records: RecordFields[]): Record<string, number> {
  const context = { now: () => 1_800_000_000_000, newId: () => `id-${++ids}`, targets: {} };
  return store.transact(() => {
    const view = new PendingView(store);
    for (const record of records) {
      const fields = { run, profile: "main", flavor: "", t: run.replace(/\D/g, "1700000"), ...record };
      const evidence = {
        ...{
          id: `bundle-${++ids}`,
          diagnosis: sampleBundle().diagnosis,
          artifacts: [],
          problems: [],
          target: "",
        },
      };
      const apply = record.by === "lists" ? applyReported : applyRecord;
      view.add(apply(view, fields, record.ev === "failure" ? evidence : null, context));
    }
    const events = view.pending();
    const counts: Record<string, number> = {};
    for (const { type, payload } of events)
      if (type === "case/changed") counts[payload.origin] = (counts[payload.origin] ?? 0) + 1;
    return { events, value: counts };
  });
}

const start = { ev: "run_start" };
const failed = (origin: string, flavor = "") => ({ ev: "failure", origin, flavor });
const skipped = (origin: string, reason: string, more: RecordFields = {}) => ({
  ...{ ev: "skipped", origin, reason },
  ...more,
});
const blocked = (origin: string, flavor = "") => store.caseOf("main", origin, flavor)?.blocked;

test.each([
  ["the port itself", "devel/bad", 1],
  ["the end of a chain", "www/a->www/b->devel/bad", 1],
  ["one of several chains", "x/y www/a->devel/bad z/z", 1],
  ["the port twice", "devel/bad www/a->devel/bad", 1],
  ["the middle of a chain", "devel/bad->x/y", undefined],
  ["another flavor", "devel/bad@py311", undefined],
  ["a port named in the words of an ignored one", "x/ignored->is broken devel/bad fails", undefined],
  ["an ignored port, which it is", "www/a->devel/bad->is marked as broken", 1],
  ["nothing", "", undefined],
  ["no port", "-> ->-> see://devel/bad", undefined],
])("a skip because of %s: %j", (_, reason, expected) => {
  feed("r1", start, failed("devel/bad"), skipped("x/one", reason));
  expect(blocked("devel/bad")).toBe(expected);
});

test("a case changes once in a batch, however many ports it holds up, and not for what is known", () => {
  const many = Array.from({ length: 50 }, (_, n) => skipped(`x/p${n}`, "devel/bad lang/other@py"));
  const events = feed(
    "r1",
    start,
    failed("devel/bad"),
    failed("lang/other", "py"),
    failed("x/free"),
    ...many,
  );
  expect(events).toEqual({ "devel/bad": 1, "lang/other": 1, "x/free": 1 });
  expect([blocked("devel/bad"), blocked("lang/other", "py"), blocked("x/free")]).toEqual([50, 50, undefined]);
  expect(feed("r1", ...many)).toEqual({});
  expect(feed("r1", skipped("x/late", "devel/bad"))).toEqual({ "devel/bad": 1 });
  expect(blocked("devel/bad")).toBe(51);
});

test("a reason that only the builder's lists tell counts when it is told", () => {
  feed("r1", start, failed("devel/bad"), skipped("x/a", ""), skipped("x/b", ""));
  expect(blocked("devel/bad")).toBeUndefined();
  const lists = { by: "lists" };
  feed("r1", skipped("x/a", "devel/bad", lists), skipped("x/b", "x/a->devel/bad", lists));
  expect(blocked("devel/bad")).toBe(2);
});

test("a port that is built after all is blocked no more, and a case that builds holds nothing up", () => {
  feed("r1", start, failed("devel/bad"), skipped("x/a", "devel/bad"), skipped("x/b", "devel/bad"));
  feed("r1", { ev: "success", origin: "x/a" });
  expect(blocked("devel/bad")).toBe(1);
  feed("r1", { ev: "success", origin: "devel/bad" });
  expect(store.caseOf("main", "devel/bad", "")).toMatchObject({ state: "closed" });
  expect(blocked("devel/bad")).toBeUndefined();
});

test("the newest run that tried a port tells; one without it, and an older one's late word, change nothing", () => {
  feed("r1", start, failed("devel/bad"), skipped("x/a", "devel/bad"), skipped("x/b", "devel/bad"));
  feed("r2", start, failed("devel/else"));
  expect(blocked("devel/bad")).toBe(2);
  feed("r1", skipped("x/c", "devel/bad"));
  expect(blocked("devel/bad")).toBe(2);
  feed("r3", start, failed("devel/bad"));
  expect(blocked("devel/bad")).toBeUndefined();
  feed("r3", skipped("x/a", "devel/bad"));
  expect(blocked("devel/bad")).toBe(1);
});
