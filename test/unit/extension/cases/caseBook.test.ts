import { describe, expect, it } from "vitest";
import { CaseBook, type CaseBookChange } from "../../../../extension/src/cases/caseBook.ts";
import { asEvents, sampleAttempt, sampleCase } from "../samples.ts";

function watched() {
  const book = new CaseBook();
  const changes: CaseBookChange[] = [];
  book.onChange((change) => changes.push(change));
  return { book, changes };
}

describe("CaseBook", () => {
  it("puts first what needs a person, then goes by origin, target by target", () => {
    const { book } = watched();
    const cases = [
      sampleCase({ id: "1", origin: "www/b", state: "triaged" }),
      sampleCase({ id: "2", origin: "www/c", state: "escalated" }),
      sampleCase({ id: "3", origin: "devel/a", state: "triaged" }),
      sampleCase({ id: "4", origin: "devel/a", flavor: "py311", state: "triaged" }),
      sampleCase({ id: "5", origin: "devel/z", target: "@2026Q1" }),
    ];
    book.apply(asEvents(...cases.map((payload) => ({ type: "case/changed" as const, payload }))));
    expect(book.list().map(({ id }) => id)).toEqual(["5", "2", "3", "4", "1"]);
  });

  it("forgets a case that builds again and takes one that fails again", () => {
    const { book, changes } = watched();
    book.apply(asEvents({ type: "case/changed", payload: sampleCase() }));
    book.apply(asEvents({ type: "case/changed", payload: sampleCase({ state: "closed" }) }));
    expect(book.get("c1")).toBeUndefined();
    book.apply(asEvents({ type: "case/changed", payload: sampleCase({ state: "open" }) }));
    expect(book.get("c1")?.state).toBe("open");
    expect(changes).toEqual([new Set(["c1"]), new Set(["c1"]), new Set(["c1"])]);
  });

  it("tells once of a batch, and nothing of what is about no case", () => {
    const { book, changes } = watched();
    const payload = sampleCase();
    book.apply(
      asEvents(
        { type: "case/changed", payload },
        { type: "case/changed", payload: { ...payload, state: "accepted" } },
      ),
    );
    book.apply(asEvents({ type: "target/seen", payload: { name: "@2026Q3", firstSeenAt: 0 } }));
    expect(changes).toEqual([new Set(["c1"])]);
    expect(book.get("c1")?.state).toBe("accepted");
  });

  it("keeps the phases of an attempt while it runs", () => {
    const { book } = watched();
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
  });
});
