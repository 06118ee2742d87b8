import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CaseBook, type CaseBookChange } from "../../../../extension/src/cases/caseBook.ts";
import type { Case } from "../../../../server/src/protocol/index.ts";
import { asEvents, sampleAttempt, sampleCase } from "../samples.ts";
import { type CaseStore, openCaseStore } from "./caseStore.ts";

const fail = (error: unknown) => expect.unreachable(String(error));

const place = { target: "@2026Q3", group: null };
let store: CaseStore;
beforeEach(async () => {
  store = await openCaseStore();
});
afterEach(() => store[Symbol.asyncDispose]());

async function loadedBook(...cases: readonly Case[]) {
  store.put(...cases);
  const book = new CaseBook({ call: store.call, onError: fail });
  await book.load(store.call);
  await book.lists.casesIn(place).open();
  const changes: CaseBookChange[] = [];
  book.onChange((change) => changes.push(change));
  return { book, changes };
}

describe("CaseBook", () => {
  it("takes what is told of a shown case, and holds no other", async () => {
    const { book, changes } = await loadedBook(sampleCase());
    book.apply(asEvents({ type: "case/changed", payload: sampleCase({ state: "accepted", updatedAt: 5 }) }));
    book.apply(asEvents({ type: "case/changed", payload: sampleCase({ id: "c2" }) }));
    expect(book.get("c1")?.state).toBe("accepted");
    expect(book.get("c2")).toBeUndefined();
    expect(changes).toEqual([new Set(["c1"]), new Set(["c2"])]);
    book.dispose();
  });

  it("an event that is older than the page that was read changes nothing", async () => {
    const { book } = await loadedBook(sampleCase({ state: "accepted", updatedAt: 5 }));
    book.apply(asEvents({ type: "case/changed", payload: sampleCase({ updatedAt: 4 }) }));
    expect(book.get("c1")?.state).toBe("accepted");
    book.dispose();
  });

  it("finds a case that is not shown with the server", async () => {
    const { book } = await loadedBook(sampleCase());
    store.put(sampleCase({ id: "c2", origin: "devel/two", state: "closed" }));
    expect(await book.find({ case: "c2" })).toMatchObject({ id: "c2", state: "closed" });
    await expect(book.find({ case: "c3" })).rejects.toThrow(/No case "c3"/);
    book.dispose();
  });

  it("forgets a case that builds again and takes one that fails again", async () => {
    const { book } = await loadedBook(sampleCase());
    const drawn = () => new Promise((resolve) => book.lists.onChange(resolve));
    book.apply(store.put(sampleCase({ state: "closed", updatedAt: 1 })));
    await drawn();
    expect(book.get("c1")).toBeUndefined();
    expect(book.lists.totals.cases).toBe(0);
    book.apply(store.put(sampleCase({ state: "open", updatedAt: 2 })));
    await drawn();
    expect(book.get("c1")?.state).toBe("open");
    book.dispose();
  });

  it("tells once of a batch, and nothing of what is about no case", async () => {
    const { book, changes } = await loadedBook(sampleCase());
    const payload = sampleCase();
    book.apply(
      asEvents(
        { type: "case/changed", payload },
        { type: "case/changed", payload: { ...payload, state: "accepted" } },
      ),
    );
    book.apply(asEvents({ type: "target/seen", payload: { name: "@2026Q3", firstSeenAt: 0 } }));
    expect(changes).toEqual([new Set(["c1"])]);
    book.dispose();
  });

  it("keeps the phases of an attempt while it runs", async () => {
    const { book } = await loadedBook();
    const phase = (name: string) => ({
      type: "build/phase" as const,
      payload: { caseId: "c1", attemptId: "a1", phase: name },
    });
    book.apply(asEvents(phase("fetch"), phase("build")));
    expect(book.phasesOf("a1").map(({ phase }) => phase)).toEqual(["fetch", "build"]);
    const ended = sampleAttempt({ endedAt: 5, outcome: "fixed" });
    book.apply(asEvents({ type: "attempt/changed", payload: ended }, phase("fetch")));
    expect(book.phasesOf("a1").map(({ phase }) => phase)).toEqual(["fetch", "build", "fetch"]);
    book.apply(asEvents({ type: "attempt/changed", payload: { ...ended, outcome: "gave-up" } }));
    expect(book.phasesOf("a1")).toEqual([]);
    book.dispose();
  });
});
