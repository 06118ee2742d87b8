import type { Database } from "better-sqlite3";
import type { ComparedResult, ComparisonCounts, Result, ResultChange } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { keysOf, type Place, type PlacedRow, readPage } from "./page.ts";

/** What makes each change, in terms of the left (`l`) and the right (`r`) result of a port; absent ones are null. */
const conditions: Readonly<Record<ResultChange, string>> = {
  "newly-failed": "r.kind = 'failed' and l.kind is not 'failed'",
  fixed: "l.kind = 'failed' and r.kind = 'built'",
  "still-failing": "l.kind = 'failed' and r.kind = 'failed'",
  "newly-skipped": "r.kind = 'skipped' and l.kind is not 'skipped'",
  "version-changed": "l.pkgname <> '' and r.pkgname <> '' and l.pkgname <> r.pkgname",
  "only-left": "r.kind is null",
  "only-right": "l.kind is null",
};
const changes = Object.keys(conditions) as ResultChange[];

/** What differs is kept of so many pairs of runs: pages of the same comparison are then read at once. */
const keptComparisons = 4;

/** A port that differs; `marks` has a bit for each of `changes`. */
interface Difference {
  origin: string;
  flavor: string;
  marks: number;
  left: number | null;
  right: number | null;
}
interface Comparison {
  runs: readonly [left: string, right: string];
  differences: readonly Difference[];
  counts: ComparisonCounts;
}

const byPort = ["", ""] as const;

/** Results of one run by page. */
export function resultPages(db: Database): Pick<Store, "resultPage"> {
  const matching = `run_id = @runId and (@kind is null or kind = @kind) and (@text is null or instr(search, @text) > 0)`;
  const list = db.prepare<unknown[], PlacedRow>(
    `select json_array(origin, flavor) as place, payload from results join events using (seq)
     where ${matching} and (origin, flavor) > (@k0, @k1) order by origin, flavor limit @limit`,
  );
  const count = db.prepare<unknown[], number>(`select count(*) from results where ${matching}`).pluck();
  return {
    resultPage: ({ runId, kind = null, text }, request) => {
      const terms = { runId, kind, text: text ? text.toLowerCase() : null };
      const page = readPage<Result>(request, { order: "results", start: byPort }, (place, limit) =>
        list.all({ ...terms, ...keysOf(place), limit }),
      );
      return { ...page, total: count.get(terms) ?? 0 };
    },
  };
}

/** Two runs side by side; `onAppend` tells of results that change what is kept. */
export function comparisonReads(db: Database, onAppend: Store["onAppend"]): Pick<Store, "compareRuns"> {
  const bits = changes.map((change, bit) => `iif(${conditions[change]}, ${1 << bit}, 0)`).join(" | ");
  // Most ports are as they were: two walks side by side tell the others, where a join would look each port up in the other run.
  const differing = db.prepare<unknown[], Difference>(
    `select port.origin, port.flavor, ${bits} as marks, l.seq as left, r.seq as right
       from (select origin, flavor from (
           select origin, flavor, kind, pkgname, kind = 'failed' as failed from results where run_id = @left
           except select origin, flavor, kind, pkgname, false from results where run_id = @right order by 1, 2, 3, 4, 5)
         union all select origin, flavor from (
           select origin, flavor from results where run_id = @right
           except select origin, flavor from results where run_id = @left order by 1, 2)) port
       left join results l on l.run_id = @left and l.origin = port.origin and l.flavor = port.flavor
       left join results r on r.run_id = @right and r.origin = port.origin and r.flavor = port.flavor
       where marks > 0 order by 1, 2`,
  );
  const details = db
    .prepare<unknown[], string>(
      `select json_object(
         'left', json((select payload from events where seq = @left)),
         'right', json((select payload from events where seq = @right)),
         'caseId', (select id from cases where target = @target and origin = @origin and flavor = @flavor))`,
    )
    .pluck();
  let kept: readonly Comparison[] = [];
  onAppend((events) => {
    if (kept.length === 0) return;
    const stale = new Set(
      events.map(({ type, payload }) => (type === "result/recorded" ? payload.runId : null)),
    );
    kept = kept.filter(({ runs }) => !runs.some((id) => stale.has(id)));
  });

  const comparisonOf = (left: string, right: string): Comparison => {
    const known = kept.find(({ runs }) => runs[0] === left && runs[1] === right);
    const comparison = known ?? compared([left, right], differing.all({ left, right }));
    kept = [comparison, ...kept.filter((each) => each !== comparison)].slice(0, keptComparisons);
    return comparison;
  };
  const rowOf = (target: string, difference: Difference): PlacedRow => {
    const { origin, flavor, marks } = difference;
    const named = changes.filter((_, bit) => marks & (1 << bit));
    const found = JSON.parse(details.get({ ...difference, target }) ?? "{}");
    const payload: ComparedResult = { origin, flavor, changes: named, ...found };
    return { place: JSON.stringify([origin, flavor]), payload: JSON.stringify(payload) };
  };

  return {
    compareRuns: ({ left, right, change }, request) => {
      const { differences, counts } = comparisonOf(left.id, right.id);
      const wanted = change === undefined ? -1 : 1 << changes.indexOf(change);
      const page = readPage<ComparedResult>(request, { order: "comparison", start: byPort }, (place, limit) =>
        differences
          .filter((difference) => difference.marks & wanted && isAfter(difference, place))
          .slice(0, limit)
          .map((difference) => rowOf(right.target, difference)),
      );
      return { ...page, counts };
    },
  };
}

function compared(runs: Comparison["runs"], differences: readonly Difference[]): Comparison {
  const countOf = (bit: number) => differences.filter(({ marks }) => marks & (1 << bit)).length;
  const counts = Object.fromEntries(changes.map((change, bit) => [change, countOf(bit)]));
  return { runs, differences, counts: counts as ComparisonCounts };
}

function isAfter({ origin, flavor }: Difference, [from = "", fromFlavor = ""]: Place): boolean {
  return origin === from ? flavor > String(fromFlavor) : origin > String(from);
}
