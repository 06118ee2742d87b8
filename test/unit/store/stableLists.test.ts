import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CaseGrouping, CaseOrder, PortwrightError } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Page, PageRequest, Store } from "../../../server/src/store/types.ts";
import { caseActivity } from "../../../server/src/tracker/activity.ts";
import { sampleCase, sampleRun } from "../../fixtures/states/entities.ts";
import { beginning, happening, originOf } from "./restless.ts";

/** Each list with what tells its rows apart, their place in it included: whatever keeps that is a row that stayed. */
type Lists = Record<string, (request: PageRequest) => Page<string>>;

function listsOf(store: Store): Lists {
  const list =
    <T>(read: (request: PageRequest) => Page<T>, rowOf: (item: T) => unknown[]) =>
    (request: PageRequest): Page<string> => {
      const { items, nextCursor } = read(request);
      return { items: items.map((item) => JSON.stringify(rowOf(item))), nextCursor };
    };
  const runs = { left: sampleRun({ id: "left" }), right: sampleRun({ id: "right" }) };
  const subject = sampleCase({ id: "case-0", origin: originOf(0) });
  const states = ["open", "waiting"] as const;
  const placeIn = (order: CaseOrder, { state = "", blocked = 0 }) => [
    order === "impact" || order === "attention" ? blocked : 0,
    order === "attention" ? state : "",
  ];
  const orders = CaseOrder.options.map((order) => [
    `cases by ${order}`,
    list(
      (page) => store.cases({ states }, page, order),
      (found) => [found.id, ...placeIn(order, found)],
    ),
  ]);
  const groupings = CaseGrouping.options.map((by) => [
    `groups by ${by}`,
    list(
      (page) => store.caseGroups({}, by, page),
      ({ key, cases, blocked }) => [key, cases, blocked],
    ),
  ]);
  return {
    ...Object.fromEntries([...orders, ...groupings]),
    search: list(
      (page) => store.search("trouble", { states }, page),
      ({ bundleId, matched }) => [bundleId, matched],
    ),
    runs: list(
      (page) => store.runs({}, page),
      ({ id, startedAt }) => [id, startedAt],
    ),
    results: list(
      (page) => store.resultPage({ runId: "right", kind: "failed" }, page),
      ({ origin }) => [origin],
    ),
    comparison: list(
      (page) => store.compareRuns(runs, page),
      ({ origin }) => [origin],
    ),
    jobs: list(
      (page) => store.jobs({ states: ["queued"] }, page),
      ({ id, queuedAt }) => [id, queuedAt],
    ),
    notes: list(
      (page) => store.notes({ caseId: "case-0" }, page),
      ({ text }) => [text],
    ),
    activity: list(
      (page) => caseActivity(store, subject, page),
      ({ id, at, what, text }) => [what === "said" ? text : id, at],
    ),
  };
}

function withStore(act: (store: Store, lists: Lists) => void): void {
  const dir = mkdtempSync(join(tmpdir(), "portwright-lists-"));
  const store = openStore({ dir, now: () => 1 });
  try {
    store.append(beginning);
    act(store, listsOf(store));
  } finally {
    store.close();
    rmSync(dir, { recursive: true });
  }
}

const mapped = <T>(lists: Lists, make: (list: Lists[string]) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, make(list)]));

test("no row that stays is missed or given twice, whatever comes, changes and goes between pages", () => {
  const happenings = fc.array(happening, { minLength: 1, maxLength: 4 });
  const step = fc.record({ limit: fc.integer({ min: 1, max: 3 }), happenings });
  const check = fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) =>
    withStore((store, lists) => {
      let unique = 0;
      const whole = () => mapped(lists, (read) => read({ limit: 1000 }).items);
      const stayed = whole();
      const seen = mapped(lists, (): string[] => []);
      const cursors = mapped(lists, (): string | null | undefined => undefined);
      const readOn = (limit: number): void => {
        for (const [name, read] of Object.entries(lists)) {
          if (cursors[name] === null) continue;
          const page = read({ limit, cursor: cursors[name] });
          seen[name]?.push(...page.items);
          cursors[name] = page.nextCursor;
        }
      };
      for (const { limit, happenings } of steps) {
        readOn(limit);
        store.append(happenings.map((make) => make(++unique)));
        for (const [name, rows] of Object.entries(whole()))
          stayed[name] = (stayed[name] ?? []).filter((row) => rows.includes(row));
      }
      readOn(1000);
      for (const name of Object.keys(lists))
        expect(
          seen[name]?.filter((row) => stayed[name]?.includes(row)),
          name,
        ).toEqual(stayed[name]);
    }),
  );
  fc.assert(check, { numRuns: 10 });
});

test("a cursor of another list, or of nobody, is refused in words", () =>
  withStore((_, lists) => {
    const refused = {
      kind: "badParams",
      message: expect.stringContaining("not from an earlier page of this list"),
    };
    const cursors = mapped(lists, (read) => read({ limit: 1 }).nextCursor ?? "");
    for (const [name, read] of Object.entries(lists))
      for (const [of, cursor] of Object.entries(cursors)) {
        const reading = () => read({ limit: 1, cursor });
        if (of === name) expect(reading().items, name).toHaveLength(1);
        else expect(reading, `${of} in ${name}`).toThrow(expect.objectContaining(refused));
      }
    const text = fc.string({ unit: "binary" });
    const keys = fc.array(fc.oneof(text, fc.double(), fc.constant(null)), { maxLength: 5 });
    const orders = Object.values(cursors).map(
      (cursor) => JSON.parse(`${Buffer.from(cursor, "base64url")}`)[0],
    );
    const forged = fc
      .tuple(fc.constantFrom(...orders), keys)
      .map(([order, place]) => Buffer.from(JSON.stringify([order, ...place])).toString("base64url"));
    const reader = fc.constantFrom(...Object.values(lists));
    const check = fc.property(fc.oneof(text, forged), reader, (cursor, read) => {
      try {
        expect(read({ limit: 1, cursor }).items.length).toBeLessThanOrEqual(1);
      } catch (error) {
        expect(error).toBeInstanceOf(PortwrightError);
        expect(error).toMatchObject(refused);
      }
    });
    fc.assert(check, { numRuns: 100 });
  }));
