import type { Database } from "better-sqlite3";
import { type Case, type CaseHit, SearchField } from "../../protocol/index.ts";
import { snippetOf, wordsOf } from "../searchWords.ts";
import type { SearchFilter, Store } from "../types.ts";
import { searchDocument } from "./migrations.ts";
import { keysOf, type PlacedRow, readPage } from "./page.ts";
import type { Appliers } from "./projection.ts";

/** What a row of a page holds, as JSON. */
interface Found extends Omit<CaseHit, "matched" | "snippet"> {
  case: Case;
  field: number;
  lines: string[];
}

/** What each term of a filter asks of a failure and its case. */
const conditions = {
  target: "f.target = @target",
  classifications: "f.classification in (select value from json_each(@classifications))",
  phase: "f.phase = @phase",
  states: "c.state in (select value from json_each(@states))",
  // Found once for all words; + keeps it from being asked of the words for each failure anew.
  run: `+w.rowid in (select g.seq from bundles b join failures g using (target, origin, flavor, signature)
    where b.run_id = @run)`,
  hidden: "(c.ignored or c.snoozed_until > @now) = @hidden",
} as const;

const fields = SearchField.options;

/**
 * Finds cases by what their failures said. An index entry is one failure of a port, known by its signature, and its row is
 * the newest bundle's place in the stream: a port that fails in the same way for years takes one entry, and the index
 * itself gives the newest first. What has the words in the port's name comes before what has them in the cause, then in
 * the rest; this order does not move as the index grows, so that cursors hold.
 */
export function searchProjection(
  db: Database,
  now: () => number,
): Pick<Store, "search"> & { applyBundle: NonNullable<Appliers["bundle/added"]> } {
  const known = db
    .prepare<unknown[], number>(
      "select seq from failures where target = ? and origin = ? and flavor = ? and signature = ?",
    )
    .pluck();
  const drop = db.prepare("delete from failures where seq = ?");
  const dropDocument = db.prepare("delete from failure_words where rowid = ?");
  const put = db.prepare(
    "insert into failures values (@seq, @target, @origin, @flavor, @signature, @classification, @phase)",
  );
  const putDocument = db.prepare(
    `insert into failure_words (rowid, port, cause, evidence) ${searchDocument} where seq = ?`,
  );

  return {
    applyBundle({ target, origin, flavor, diagnosis }, seq) {
      const { classification, phase, signature } = diagnosis;
      const before = known.get(target, origin, flavor, signature.id);
      if (before !== undefined) {
        drop.run(before);
        dropDocument.run(before);
      }
      put.run({ seq, target, origin, flavor, signature: signature.id, classification, phase: phase ?? "" });
      putDocument.run(seq);
    },

    search(text, filter, request) {
      const words = wordsOf(text);
      const { where, values } = termsOf(filter, now());
      const found = db.prepare<unknown[], PlacedRow>(
        `select json_array(@field, f.seq) as place, json_object('field', @field, 'case', json(ce.payload),
           'bundleId', be.payload ->> 'id', 'runId', be.payload ->> 'runId', 'at', be.payload ->> 'at',
           'classification', f.classification, 'phase', nullif(f.phase, ''), 'signature', f.signature,
           'lines', json_insert(
             (select json_group_array(value ->> 'text') from json_each(be.payload, '$.diagnosis.findings')),
             '$[#]', be.payload ->> '$.diagnosis.reason')) as payload
         from failure_words w cross join failures f on f.seq = w.rowid
           cross join cases c on c.target = f.target and c.origin = f.origin and c.flavor = f.flavor
           cross join events be on be.seq = f.seq cross join events ce on ce.seq = c.seq
         where failure_words match @match and w.rowid < @k1 and ${where} order by w.rowid desc limit @limit`,
      );
      const rowsAfter = ([from, seq]: readonly (string | number)[], limit: number): PlacedRow[] => {
        if (words.length === 0) return [];
        const rows: PlacedRow[] = [];
        for (let field = Number(from); field < fields.length && rows.length < limit; field++) {
          const after = keysOf([field, field === from ? (seq ?? 0) : Number.MAX_SAFE_INTEGER]);
          const match = matchIn(field, words);
          rows.push(...found.all({ ...values, ...after, field, match, limit: limit - rows.length }));
        }
        return rows;
      };
      const order = { order: "search", start: [0, Number.MAX_SAFE_INTEGER] };
      const { items, nextCursor } = readPage<Found>(request, order, rowsAfter);
      return { items: items.map((row) => hitOf(row, words)), nextCursor };
    },
  };
}

function hitOf({ field, lines, ...found }: Found, words: readonly string[]): CaseHit {
  const matched = fields[field] ?? "evidence";
  return { ...found, matched, snippet: snippetOf([found.case.cause, ...lines], words) };
}

/** An FTS5 query for what has all words in a field or those before it, and not already in those before it. */
function matchIn(field: number, words: readonly string[]): string {
  // As FTS5 strings, words are nothing but words. A short one stands for itself, so that no query goes through all words.
  const all = words
    .map((word) => `"${word.replaceAll('"', '""')}"${[...word].length < 3 ? "" : "*"}`)
    .join(" AND ");
  const upTo = (last: number) => `({${fields.slice(0, last + 1).join(" ")}} : (${all}))`;
  return field === 0 ? upTo(0) : `${upTo(field)} NOT ${upTo(field - 1)}`;
}

function termsOf(filter: SearchFilter, now: number) {
  const { states, classifications, hidden, ...same } = filter;
  const asked: Partial<Record<keyof typeof conditions, string | number | undefined>> = {
    ...same,
    states: states && JSON.stringify(states),
    classifications: classifications && JSON.stringify(classifications),
    hidden: hidden && Number(hidden === "only"),
  };
  const names = (Object.keys(conditions) as (keyof typeof conditions)[]).filter(
    (name) => asked[name] !== undefined,
  );
  return {
    where: names.map((name) => conditions[name]).join(" and ") || "true",
    values: { ...asked, now },
  };
}
