import type { Store } from "../../../server/src/store/types.ts";
import { type Figure, timed } from "./figures.ts";
import { newestRuns } from "./fill.ts";

/** What a porter's window asks for, of a state with that many runs. */
export function reads(store: Store, runs: number): Figure[] {
  const run = (id: string) => {
    const found = store.run(id);
    if (found === null) throw new Error(`the run ${id} is not there`);
    return found;
  };
  const [left, right] = newestRuns(runs).map(run);
  if (!left || !right) throw new Error("there is no run");
  const cases = store.cases({}, { limit: 200 }).items;
  const first = store.compareRuns({ left, right }, { limit: 200 });
  const next = { limit: 200, cursor: first.nextCursor ?? undefined };
  // Each round compares other runs, so that nothing is kept of the last time.
  const older = store.runs({}, { limit: Math.min(50, runs) }).items;
  return [
    timed("failing ports, page of 200 with counts", { p99: 15 }, () =>
      store.cases({ hidden: "without" }, { limit: 200 }, "attention"),
    ),
    timed("a case with its history", { p99: 10 }, (round) => {
      const subject = cases[round % cases.length];
      if (!subject) return;
      store.case(subject.id);
      store.bundlesOf(subject.target, subject.origin, subject.flavor);
      store.attemptsOf(subject.id);
      store.notes({ caseId: subject.id }, { limit: 200 });
      for (const { id } of older) store.portResults(id, subject.origin);
    }),
    timed("two runs compared for the first time", { p99: 60 }, (round) => {
      const other = older[round % older.length];
      if (other)
        store.compareRuns(
          { left: other, right: run(older[(round + 7) % older.length]?.id ?? "") },
          { limit: 200 },
        );
    }),
    timed("a page of a comparison", { p99: 15 }, () => store.compareRuns({ left, right }, next)),
    timed("search: a word of few failures", { p99: 50 }, (round) =>
      store.search(`thing_${round}`, {}, { limit: 50 }),
    ),
    timed("search: words of all failures", { p99: 50 }, () =>
      store.search("undeclared identifier", {}, { limit: 50 }),
    ),
    timed("search: words of all, in one run", { p99: 50 }, () =>
      store.search("undeclared identifier", { run: right.id }, { limit: 50 }),
    ),
    timed("counts by state", { p99: 5 }, () => [store.caseCounts(), store.jobCounts()]),
  ];
}
