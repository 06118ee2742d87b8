import type { Database } from "better-sqlite3";
import type { Case, CaseGroup, CaseGrouping, CaseOrder } from "../../protocol/index.ts";
import type { CaseFilter, Store } from "../types.ts";
import { keysOf, type Place, type PlacedRow, readPage } from "./page.ts";

/** What each term of a filter asks of a row. */
const conditions = {
  target: "target = @target",
  state: "state = @state",
  states: "state in (select value from json_each(@states))",
  classification: "classification = @classification",
  classifications: "classification in (select value from json_each(@classifications))",
  origin: "origin = @origin",
  flavor: "flavor = @flavor",
  idPrefix: "substr(id, 1, length(@idPrefix)) = @idPrefix",
  text: "instr(search, @text) > 0",
  assignee: "assignee = @assignee",
  needsPerson: "needs_person = @needsPerson",
  hidden: "(ignored or snoozed_until > @now) = @hidden",
} as const;

const groupColumns: Readonly<Record<CaseGrouping, string>> = {
  target: "target",
  class: "classification",
  signature: "signature",
  category: "category",
  maintainer: "maintainer",
};

interface Order {
  columns: readonly string[];
  descending: boolean;
  start: Place;
}
const last = Number.MAX_SAFE_INTEGER;
const orders: Readonly<Record<CaseOrder, Order>> = {
  newest: { columns: ["opened_at", "id"], descending: true, start: [last, ""] },
  impact: { columns: ["blocked", "opened_at", "id"], descending: true, start: [last, last, ""] },
  attention: {
    columns: ["needs_person", "blocked", "opened_at", "id"],
    descending: true,
    start: [last, last, last, ""],
  },
  origin: { columns: ["origin", "flavor", "target"], descending: false, start: ["", "", ""] },
};

type Values = Record<string, string | number>;

/**
 * Pages and groups of cases. A narrow question goes through the table once, for the page and its total; one that most
 * cases answer follows the order's index. What is shown is read after the page's rows are known.
 */
export function caseLists(db: Database, now: () => number): Pick<Store, "cases" | "caseGroups"> {
  return {
    cases(filter, request, order = "newest") {
      const { where, values, narrow } = termsOf(filter, now());
      const { columns, descending, start } = orders[order];
      const keys = columns.join(", ");
      const place = columns.map((_, n) => `@k${n}`).join(", ");
      const inOrder = `order by ${columns.map((column) => `${column} ${descending ? "desc" : "asc"}`).join(", ")}`;
      const found = `found as ${narrow ? "" : "not"} materialized (select ${keys}, seq from cases where ${where})`;
      const placed = db.prepare<unknown[], PlacedRow & { total: number }>(
        `with ${found} select json_array(${keys}) as place, payload, (select count(*) from found) as total from (
           select * from found where (${keys}) ${descending ? "<" : ">"} (${place}) ${inOrder} limit @limit)
         join events using (seq) ${inOrder}`,
      );
      let total: number | undefined;
      const page = readPage<Case>(request, { order, start }, (after, limit) => {
        const rows = placed.all({ ...values, ...keysOf(after), limit });
        total = rows[0]?.total;
        return rows;
      });
      return { ...page, total: total ?? count(where, values) };
    },

    caseGroups(filter, by, request) {
      const { where, values } = termsOf(filter, now());
      const column = groupColumns[by];
      // With max() the other columns of a group, here seq, are those of its newest case; + keeps off the indexes.
      const groups = `groups as materialized (
        select ${column} as key, count(*) as cases, sum(needs_person) as needsPerson, sum(blocked) as blocked,
          max(opened_at), seq
        from cases where ${where} group by +${column})`;
      const label = by === "signature" ? "payload ->> 'cause'" : "key";
      const placed = db.prepare<unknown[], PlacedRow & { total: number }>(
        `with ${groups} select json_array(-blocked, -cases, key) as place, (select count(*) from groups) as total,
           json_object('key', key, 'label', ${label}, 'cases', cases, 'needsPerson', needsPerson, 'blocked', blocked)
             as payload
         from (select * from groups where (-blocked, -cases, key) > (@k0, @k1, @k2)
           order by -blocked, -cases, key limit @limit)
         join events using (seq) order by -blocked, -cases, key`,
      );
      const start = [-last, -last, ""];
      let total: number | undefined;
      const page = readPage<CaseGroup>(request, { order: by, start }, (after, limit) => {
        const rows = placed.all({ ...values, ...keysOf(after), limit });
        total = rows[0]?.total;
        return rows;
      });
      return { ...page, total: total ?? count(where, values, `distinct ${column}`) };
    },
  };

  /** For a page without rows, which says nothing of those before it. */
  function count(where: string, values: Values, what = "*"): number {
    return (
      db.prepare<unknown[], number>(`select count(${what}) from cases where ${where}`).pluck().get(values) ??
      0
    );
  }
}

function termsOf(filter: CaseFilter, now: number): { where: string; values: Values; narrow: boolean } {
  const { states, classifications, text, needsPerson, hidden, group, ...same } = filter;
  const asked: Partial<Record<keyof typeof conditions, Values[string] | undefined>> = {
    ...same,
    states: states && JSON.stringify(states),
    classifications: classifications && JSON.stringify(classifications),
    text: text?.toLowerCase() || undefined,
    needsPerson: needsPerson === undefined ? undefined : Number(needsPerson),
    hidden: hidden && Number(hidden === "only"),
  };
  const names = (Object.keys(conditions) as (keyof typeof conditions)[]).filter(
    (name) => asked[name] !== undefined,
  );
  const ofGroup = group === undefined ? [] : [`${groupColumns[group.by]} = @group`];
  return {
    where: [...names.map((name) => conditions[name]), ...ofGroup].join(" and ") || "true",
    values: { ...(asked as Values), ...(group === undefined ? {} : { group: group.key }), now },
    narrow: group !== undefined || names.some((name) => name !== "hidden"),
  };
}
