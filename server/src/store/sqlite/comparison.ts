import type { Database } from "better-sqlite3";
import type { ComparedResult, ComparisonCounts, Result, ResultChange } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { keysOf, type PlacedRow, readPage } from "./page.ts";

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
const port = "origin, flavor";
/** Every port of either run, by name. A full join would do, but SQLite compares each row with each other one for it. */
const pairs = `(select ${port} from results where run_id = @left union select ${port} from results where run_id = @right) p
  left join results l on l.run_id = @left and l.origin = p.origin and l.flavor = p.flavor
  left join results r on r.run_id = @right and r.origin = p.origin and r.flavor = p.flavor`;

/** Results of one run by page, and of two runs side by side. */
export function comparisonReads(db: Database): Pick<Store, "resultPage" | "compareRuns"> {
  const matching = `run_id = @runId and (@kind is null or kind = @kind) and (@text is null or instr(search, @text) > 0)`;
  const list = db.prepare<unknown[], PlacedRow>(
    `select json_array(origin, flavor) as place, payload from results join events using (seq)
     where ${matching} and (origin, flavor) > (@k0, @k1) order by origin, flavor limit @limit`,
  );
  const count = db.prepare<unknown[], number>(`select count(*) from results where ${matching}`).pluck();
  const sums = changes.map((change) => `coalesce(sum(${conditions[change]}), 0) as "${change}"`).join(", ");
  const counts = db.prepare<unknown[], ComparisonCounts>(`select ${sums} from ${pairs}`);
  const compared = new Map(
    [null, ...changes].map((change) => {
      const wanted =
        change === null ? changes.map((each) => `(${conditions[each]})`).join(" or ") : conditions[change];
      const marks = changes.map((each) => `iif(${conditions[each]}, '${each}', null)`).join(", ");
      const sql = `select json_array(p.origin, p.flavor) as place, json_object(
          'origin', p.origin, 'flavor', p.flavor, 'changes', json_array(${marks}),
          'left', json((select payload from events where seq = l.seq)),
          'right', json((select payload from events where seq = r.seq)),
          'caseId', (select id from cases where target = @target and origin = p.origin and flavor = p.flavor)) as payload
        from ${pairs} where (p.origin, p.flavor) > (@k0, @k1) and (${wanted}) order by p.origin, p.flavor limit @limit`;
      return [change, db.prepare<unknown[], PlacedRow>(sql)];
    }),
  );
  const byPort = { order: "ports", start: ["", ""] };
  return {
    resultPage: ({ runId, kind = null, text }, request) => {
      const terms = { runId, kind, text: text ? text.toLowerCase() : null };
      const page = readPage<Result>(request, byPort, (place, limit) =>
        list.all({ ...terms, ...keysOf(place), limit }),
      );
      return { ...page, total: count.get(terms) ?? 0 };
    },
    compareRuns: ({ left, right, change = null }, request) => {
      const runs = { left: left.id, right: right.id, target: right.target };
      const page = readPage<ComparedResult>(
        request,
        byPort,
        (place, limit) => compared.get(change)?.all({ ...runs, ...keysOf(place), limit }) ?? [],
      );
      const items = page.items.map((row) => ({ ...row, changes: row.changes.filter(Boolean) }));
      return { items, nextCursor: page.nextCursor, counts: counts.get(runs) ?? ({} as ComparisonCounts) };
    },
  };
}
