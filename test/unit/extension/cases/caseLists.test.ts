import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CaseBook } from "../../../../extension/src/cases/caseBook.ts";
import type { CaseLists, CaseListsChange } from "../../../../extension/src/cases/caseLists.ts";
import { everyPort } from "../../../../extension/src/cases/portFilter.ts";
import { ConnectionLostError } from "../../../../extension/src/connection/errors.ts";
import type { Case } from "../../../../server/src/protocol/index.ts";
import { sampleCase } from "../samples.ts";
import { type CaseStore, openCaseStore } from "./caseStore.ts";

let store: CaseStore;
let book: CaseBook;
let lists: CaseLists;
const errors: unknown[] = [];
beforeEach(async () => {
  store = await openCaseStore();
  book = new CaseBook({ call: store.call, onError: (error) => errors.push(error) });
  ({ lists } = book);
});
afterEach(async () => {
  book.dispose();
  await store[Symbol.asyncDispose]();
  errors.length = 0;
});

const target = "@2026Q3";
const nextChange = (): Promise<CaseListsChange> =>
  new Promise((resolve) => {
    const listening = lists.onChange((change) => {
      listening.dispose();
      resolve(change);
    });
  });

const made = (count: number, changes: (number: number) => Partial<Case> = () => ({})): Case[] =>
  Array.from({ length: count }, (_, number) =>
    sampleCase({ id: `c${number}`, origin: `devel/p${number}`, state: "open", ...changes(number) }),
  );

const show = async (changes: Partial<typeof lists.view>): Promise<void> => {
  const drawn = nextChange();
  lists.show({ ...lists.view, ...changes });
  await drawn;
};

describe("lists of failing ports", () => {
  it("show the ports that block most first, a page of 200 of thousands", async () => {
    store.put(...made(3000, (number) => ({ blocked: number })));
    await book.load(store.call);
    const list = lists.casesIn({ target, group: null });
    await list.open();
    expect(list.items.slice(0, 2)).toEqual(["c2999", "c2998"]);
    expect([list.items.length, list.total, list.rest]).toEqual([200, 3000, "page"]);
    expect(lists.totals.cases).toBe(3000);
    expect(book.get("c2999")).toBeDefined();
    expect(book.get("c5")).toBeUndefined();
    await list.more();
    expect(list.items).toHaveLength(400);
  });

  it("put the ports of a target together, with the server's counts", async () => {
    const classes = ["plist-error", "compile-error", "plist-error"] as const;
    store.put(...made(3, (number) => ({ classification: classes[number] ?? "unknown" })));
    await book.load(store.call);
    await show({ grouping: "class" });
    const groups = lists.groupsOf(target);
    await groups.open();
    expect(groups.items.map(({ key, cases }) => [key, cases])).toEqual([
      ["plist-error", 2],
      ["compile-error", 1],
    ]);
    const plist = lists.casesIn({ target, group: "plist-error" });
    await plist.open();
    expect(new Set(plist.items)).toEqual(new Set(["c0", "c2"]));
    const [moved] = made(1, () => ({ classification: "timeout", updatedAt: 1 }));
    book.apply(store.put(...(moved ? [moved] : [])));
    await nextChange();
    expect(plist.items).toEqual(["c2"]);
    expect(lists.groupOf({ target, group: "timeout" })?.cases).toBe(1);
  });

  it("narrow to the filter, while the totals go on to count everything", async () => {
    store.put(
      sampleCase({ id: "w" }),
      ...made(4).slice(1),
      sampleCase({ id: "x", origin: "devel/x", ignored: true }),
    );
    await book.load(store.call);
    await show({ filter: { ...everyPort, states: ["waiting"] } });
    expect(lists.targets).toMatchObject([{ key: target, cases: 1 }]);
    expect(lists.totals).toEqual({ cases: 4, needsPerson: 1 });
    await show({ filter: { ...everyPort, text: "p3" } });
    const list = lists.casesIn({ target, group: null });
    await list.open();
    expect(list.items).toEqual(["c3"]);
    await show({ filter: { ...everyPort, hidden: "only" } });
    expect(lists.targets).toMatchObject([{ cases: 1 }]);
  });

  it("read once what many events made stale, and only lists that somebody looks at", async () => {
    store.put(...made(50));
    await book.load(store.call);
    await lists.casesIn({ target, group: null }).open();
    store.asked.length = 0;
    for (let round = 1; round <= 20; round++)
      book.apply(store.put(...made(50, () => ({ state: "triaged", updatedAt: round }))));
    expect(store.asked).toEqual([]);
    expect(book.get("c7")?.state).toBe("triaged");
    expect(await nextChange()).toEqual(new Set([target]));
    expect(store.asked.map(({ method }) => method)).toEqual(["cases/groups", "cases/list"]);
    lists.forget({ target, group: null });
    expect(lists.holds({ target, group: null })).toBe(false);
    store.asked.length = 0;
    book.apply(store.put(sampleCase({ id: "c7", origin: "devel/p7", state: "closed", updatedAt: 30 })));
    await nextChange();
    expect(store.asked.map(({ method }) => method)).toEqual(["cases/groups"]);
  });

  it("draw everything anew when a target comes", async () => {
    await book.load(store.call);
    const change = nextChange();
    book.apply(store.put(sampleCase({ target: "@main" })));
    expect(await change).toBe("all");
    expect(lists.targets.map(({ key }) => key)).toEqual(["@main"]);
  });

  it("catch up with what came while there was no connection", async () => {
    store.put(sampleCase());
    await book.load(store.call);
    const list = lists.casesIn({ target, group: null });
    await list.open();
    store.fail(new ConnectionLostError("lost"));
    book.apply(store.put(sampleCase({ id: "c2", origin: "devel/late" })));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(errors).toEqual([]);
    store.fail(null);
    lists.catchUp();
    expect(await nextChange()).toBe("all");
    expect(new Set(list.items)).toEqual(new Set(["c1", "c2"]));
  });
});
