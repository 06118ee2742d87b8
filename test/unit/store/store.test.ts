import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewEvent, StoredEvent } from "../../../server/src/protocol/index.ts";
import { StaleLeaseError } from "../../../server/src/store/errors.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import type { Page, PageRequest, Store } from "../../../server/src/store/types.ts";
import {
  sampleAttempt,
  sampleBundle,
  sampleCase,
  sampleJob,
  sampleProof,
  sampleResult,
  sampleRun,
  sampleStory,
  sampleTurn,
} from "../../fixtures/states/entities.ts";

let dir: string;
let store: Store;
let listenerErrors: unknown[];

function open(): Store {
  return openStore({ dir, now: () => 5000, onListenerError: (error) => listenerErrors.push(error) });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-store-"));
  listenerErrors = [];
  store = open();
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true });
});

const note = (text: string): NewEvent => ({
  type: "note/recorded",
  payload: { caseId: null, who: "me", text },
});
const texts = (events: readonly StoredEvent[]) =>
  events.map((event) => (event.type === "note/recorded" ? event.payload.text : event.type));

describe("the stream", () => {
  test("every entity is found again, also after reopening", () => {
    const stored = store.append(sampleStory());
    expect(stored.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const round of ["at once", "reopened"]) {
      expect(store.targets(), round).toEqual([{ name: "@main", firstSeenAt: 1000 }]);
      expect(store.run("run-1")).toEqual(sampleRun());
      expect(store.activeRuns()).toEqual([sampleRun()]);
      expect(store.results("run-1")).toEqual([sampleResult({ kind: "failed", bundleId: "bundle-1" })]);
      expect(store.result("run-1", "devel/one", "")?.kind).toBe("failed");
      expect(store.bundle("bundle-1")).toEqual(sampleBundle());
      expect(store.bundlesOf("@main", "devel/one", "")).toEqual([sampleBundle()]);
      expect(store.case("case-1")).toEqual(sampleCase());
      expect(store.caseOf("@main", "devel/one", "")).toEqual(sampleCase());
      expect(store.caseCounts()).toEqual({ open: 1 });
      expect(store.job("job-1")).toEqual(sampleJob());
      expect(store.jobCounts()).toEqual({ leased: 1 });
      expect(store.attempt("attempt-1")).toEqual(sampleAttempt());
      expect(store.attemptsOf("case-1")).toEqual([sampleAttempt()]);
      expect(store.turns("attempt-1")).toEqual([sampleTurn()]);
      expect(store.turns("attempt-1", 1)).toEqual([]);
      expect(store.proof("proof-1")).toEqual(sampleProof());
      expect(store.proofsOf("case-1")).toEqual([sampleProof()]);
      expect(store.events(0, 100)).toEqual(stored);
      store.close();
      store = open();
    }
  });

  test("what is not there is null or empty", () => {
    for (const found of [
      store.run("x"),
      store.case("x"),
      store.bundle("x"),
      store.job("x"),
      store.attempt("x"),
    ])
      expect(found).toBeNull();
    expect([
      store.proof("x"),
      store.cursor("x"),
      store.result("x", "y", ""),
      store.caseOf("x", "y", ""),
    ]).toEqual(Array(4).fill(null));
    expect([store.lastSeq(), ...store.events(0, 10)]).toEqual([0]);
  });

  test("the newest event of an entity is its state", () => {
    store.append(sampleStory());
    store.append([{ type: "case/changed", payload: sampleCase({ state: "closed", updatedAt: 2000 }) }]);
    expect(store.case("case-1")).toMatchObject({ state: "closed", updatedAt: 2000 });
    expect(store.caseCounts()).toEqual({ closed: 1 });
  });

  test("a result is one for a run, origin and flavor", () => {
    store.append(sampleStory());
    store.append([{ type: "result/recorded", payload: sampleResult({ kind: "built" }) }]);
    store.append([{ type: "result/recorded", payload: sampleResult({ flavor: "py311" }) }]);
    expect(store.results("run-1").map(({ kind, flavor }) => [kind, flavor])).toEqual([
      ["built", ""],
      ["built", "py311"],
    ]);
  });

  test("events are read by place, number and type", () => {
    store.append([note("a"), note("b"), ...sampleStory(), note("c")]);
    expect(texts(store.events(1, 2))).toEqual(["b", "target/seen"]);
    expect(texts(store.events(0, 3, ["note/recorded"]))).toEqual(["a", "b", "c"]);
    expect(texts(store.events(2, 3, ["note/recorded"]))).toEqual(["c"]);
  });
});

test("what was just written is read as the file has it, from any place and beside refused batches", () => {
  const orphan: NewEvent = { type: "case/changed", payload: sampleCase({ bundleId: "nowhere" }) };
  for (let batch = 0; batch < 60; batch++) {
    store.append(Array.from({ length: 5 }, (_, n) => note(`${batch} ${n}`)));
    if (batch % 9 === 0) expect(() => store.append([note("refused"), orphan])).toThrow(/FOREIGN KEY/);
  }
  const read = () => {
    const places = [0, 1, 100, 171, 172, 173, 250, 299, 300, 301];
    return places.flatMap((after) => [1, 64, 1000].map((limit) => store.events(after, limit)));
  };
  const before = read();
  expect(before[2]).toHaveLength(300);
  store.close();
  store = open();
  expect(read()).toEqual(before);
});

describe("one transaction", () => {
  test("a refused batch leaves nothing: no event, no projection, no cursor, no listener told", () => {
    const told: string[] = [];
    store.onAppend((events) => told.push(...texts(events)));
    const orphan: NewEvent = { type: "case/changed", payload: sampleCase({ bundleId: "nowhere" }) };
    expect(() => store.append([note("a"), orphan], { cursors: { journal: "9" } })).toThrow(/FOREIGN KEY/);
    expect([store.lastSeq(), store.case("case-1"), store.cursor("journal"), told]).toEqual([
      0,
      null,
      null,
      [],
    ]);
    expect(store.append([note("b")]).map((event) => event.seq)).toEqual([1]);
  });

  test("decide sees current projections; its value comes back; cursors move even without events", () => {
    store.append(sampleStory());
    const state = store.transact(() => {
      const found = sampleCase({ ...store.case("case-1"), state: "triaged" });
      return { events: [{ type: "case/changed", payload: found }], value: found.state };
    });
    expect([state, store.case("case-1")?.state]).toEqual(["triaged", "triaged"]);
    store.transact(() => ({ events: [], value: null }), { cursors: { journal: "12" } });
    expect(store.cursor("journal")).toBe("12");
  });

  test("what decide throws is thrown, and append inside it is refused", () => {
    const refusal = new Error("no");
    expect(() =>
      store.transact(() => {
        throw refusal;
      }),
    ).toThrow(refusal);
    expect(() => store.transact(() => ({ events: [], value: store.append([note("a")]) }))).toThrow(
      /inside transact/,
    );
    expect(store.append([note("b")])).toHaveLength(1);
  });

  test("a fence lets only the present lease write", () => {
    store.append(sampleStory());
    const append = (fence: number) => store.append([note("x")], { fence: { jobId: "job-1", fence } });
    expect(append(1)).toHaveLength(1);
    expect(() => append(2)).toThrow(StaleLeaseError);
    store.append([{ type: "job/changed", payload: sampleJob({ fence: 2 }) }]);
    expect(() => append(1)).toThrow(StaleLeaseError);
    store.append([{ type: "job/changed", payload: sampleJob({ fence: 2, state: "done" }) }]);
    expect(() => append(2)).toThrow(StaleLeaseError);
    expect(() => store.append([], { fence: { jobId: "nobody", fence: 1 } })).toThrow(StaleLeaseError);
  });
});

describe("listeners", () => {
  test("hear each batch once and in order, also what a listener appends, and after the commit", () => {
    const heard: string[] = [];
    store.onAppend((events) => {
      expect(store.lastSeq()).toBeGreaterThanOrEqual(events.at(-1)?.seq ?? 0);
      if (texts(events).includes("a")) store.append([note("answer")]);
    });
    store.onAppend((events) => heard.push(...texts(events)));
    store.append([note("a"), note("b")]);
    store.append([note("c")]);
    expect(heard).toEqual(["a", "b", "answer", "c"]);
  });

  test("one that is added while others are told hears only what is committed later", () => {
    const heard: string[] = [];
    let added = false;
    store.onAppend(() => {
      if (added) return;
      added = true;
      store.append([note("second")]);
      store.onAppend((events) => heard.push(...texts(events)));
      store.append([note("third")]);
    });
    store.append([note("first")]);
    expect(heard).toEqual(["third"]);
  });

  test("one that throws harms nobody, one that is disposed hears nothing", () => {
    const heard: string[] = [];
    store.onAppend(() => {
      throw new Error("mine");
    });
    const subscription = store.onAppend((events) => heard.push(...texts(events)));
    store.append([note("a")]);
    subscription[Symbol.dispose]();
    store.append([note("b")]);
    expect(heard).toEqual(["a"]);
    expect(listenerErrors).toHaveLength(2);
  });
});

function everyPage<T>(list: (page: PageRequest) => Page<T>, limit: number): T[] {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = list({ limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

describe("lists", () => {
  test("runs and jobs come newest first, ties included, filtered", () => {
    store.append(sampleStory());
    for (let n = 2; n <= 9; n++) {
      const target = n % 2 === 0 ? "@main" : "@2026Q3";
      store.append([
        {
          type: "run/changed",
          payload: sampleRun({ id: `run-${n}`, target, startedAt: 1000 + (n >> 1), state: "finished" }),
        },
        {
          type: "job/changed",
          payload: sampleJob({ id: `job-${n}`, queuedAt: 2000, state: n % 2 === 0 ? "done" : "failed" }),
        },
      ]);
    }
    const runs = (target?: string) =>
      everyPage((page) => store.runs({ target }, page), 2).map(({ id }) => id.slice(4));
    expect(runs().join("")).toBe("987654321".split("").join(""));
    expect(runs("@2026Q3").join("")).toBe("9753");
    expect(store.activeRuns().map(({ id }) => id)).toEqual(["run-1"]);
    const jobs = (filter: Parameters<Store["jobs"]>[0]) =>
      everyPage((page) => store.jobs(filter, page), 3)
        .map(({ id }) => id.slice(4))
        .join("");
    expect(jobs({})).toBe("987654321");
    expect(jobs({ states: ["done", "leased"] })).toBe("86421");
    expect(jobs({ states: [] })).toBe("");
    expect(jobs({ caseId: "case-1", states: ["failed"] })).toBe("9753");
    expect(jobs({ caseId: "case-2" })).toBe("");
  });

  test("20,000 cases: pages are whole, without gap or double, and stable while cases arrive and change", () => {
    store.append(sampleStory());
    const all = Array.from({ length: 20_000 }, (_, n) =>
      sampleCase({
        id: `c${n}`,
        origin: `cat${n % 40}/port${n}`,
        openedAt: 10_000 + (n >> 3),
        state: n % 3 ? "open" : "closed",
      }),
    );
    store.append(all.map((payload) => ({ type: "case/changed", payload })));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = store.cases({}, { limit: 500, cursor });
      seen.push(...page.items.map(({ id }) => id));
      store.append([
        {
          type: "case/changed",
          payload: sampleCase({ id: `late${seen.length}`, origin: `late/p${seen.length}`, openedAt: 99_999 }),
        },
        {
          type: "case/changed",
          payload: sampleCase({ ...all[seen.length % 20_000], state: "waiting", updatedAt: 99_999 }),
        },
      ]);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(20_001);
    expect(new Set(seen).size).toBe(20_001);
    const key = ({ openedAt, id }: { openedAt: number; id: string }) => `${openedAt} ${id}`;
    expect(seen.slice(0, -1)).toEqual(
      [...all].sort((a, b) => (key(a) < key(b) ? 1 : -1)).map(({ id }) => id),
    );
  });

  test("cases by each filter, with the total of all pages", () => {
    store.append(sampleStory());
    const add = (id: string, changes: Parameters<typeof sampleCase>[0]) =>
      store.append([{ type: "case/changed", payload: sampleCase({ id, ...changes }) }]);
    add("2a", { origin: "devel/readline", state: "waiting", cause: "100% Ärger_x", signature: "beef" });
    add("2b", { origin: "devel/readline", flavor: "py311", classification: "link-error" });
    add("3", { origin: "lang/python", target: "@2026Q3" });
    const ids = (filter: Parameters<Store["cases"]>[0]) => {
      const page = store.cases(filter, { limit: 1 });
      const items = everyPage((request) => store.cases(filter, request), 1);
      expect(page.total).toBe(items.length);
      return items.map(({ id }) => id).sort();
    };
    expect(ids({})).toEqual(["2a", "2b", "3", "case-1"]);
    expect(ids({ target: "@2026Q3" })).toEqual(["3"]);
    expect(ids({ state: "waiting" })).toEqual(["2a"]);
    expect(ids({ classification: "link-error" })).toEqual(["2b"]);
    expect(ids({ origin: "devel/readline" })).toEqual(["2a", "2b"]);
    expect(ids({ origin: "devel/readline", flavor: "" })).toEqual(["2a"]);
    expect(ids({ idPrefix: "2" })).toEqual(["2a", "2b"]);
    for (const text of ["READLINE@py", "BEEF", "100% ä", "_x"]) expect(ids({ text }), text).toHaveLength(1);
    expect(ids({ text: "100%_" })).toEqual([]);
  });

  test("a limit or a cursor that makes no sense is refused", () => {
    for (const limit of [0, -1, 1.5, 10_001])
      expect(() => store.runs({}, { limit })).toThrow(/limit must be/);
    for (const cursor of ["", "x", Buffer.from("[1]").toString("base64url")])
      expect(() => store.cases({}, { limit: 1, cursor })).toThrow(/not from an earlier page/);
  });
});
