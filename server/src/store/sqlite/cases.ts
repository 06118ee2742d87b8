import type { Database } from "better-sqlite3";
import type { Case } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { type PlacedRow, readPage } from "./page.ts";
import { type Appliers, entities, stateCounts } from "./projection.ts";

type Reads = Pick<Store, "case" | "caseOf" | "cases" | "caseCounts">;

const matching = `
  (@target is null or target = @target)
  and (@state is null or state = @state)
  and (@classification is null or classification = @classification)
  and (@origin is null or origin = @origin)
  and (@flavor is null or flavor = @flavor)
  and (@idPrefix is null or substr(id, 1, length(@idPrefix)) = @idPrefix)
  and (@text is null or instr(search, @text) > 0)`;

/** Cases; `text` of a filter is compared without regard to case. */
export function caseProjection(db: Database): Reads & { appliers: Appliers } {
  const put = db.prepare(
    `insert into cases values
     (@id, @target, @origin, @flavor, @state, @classification, @search, @bundleId, @openedAt, @seq)
     on conflict (id) do update set state = excluded.state, classification = excluded.classification,
     search = excluded.search, bundle_id = excluded.bundle_id, opened_at = excluded.opened_at, seq = excluded.seq`,
  );
  const one = entities<Case>(db, "select payload from cases join events using (seq) where id = ?");
  const ofPort = entities<Case>(
    db,
    "select payload from cases join events using (seq) where target = ? and origin = ? and flavor = ?",
  );
  const list = db.prepare<unknown[], PlacedRow>(
    `select opened_at as at, id, payload from cases join events using (seq)
     where (opened_at, id) < (@at, @id) and ${matching} order by opened_at desc, id desc limit @limit`,
  );
  const count = db.prepare<unknown[], number>(`select count(*) from cases where ${matching}`).pluck();

  return {
    appliers: {
      "case/changed": (changed, seq) => {
        const { id, target, origin, flavor, state, classification, bundleId, openedAt } = changed;
        const search = [flavor === "" ? origin : `${origin}@${flavor}`, changed.cause, changed.signature];
        put.run({
          ...{ id, target, origin, flavor, state, classification, bundleId, openedAt, seq },
          search: search.join("\n").toLowerCase(),
        });
      },
    },
    case: (id) => one.one(id),
    caseOf: (target, origin, flavor) => ofPort.one(target, origin, flavor),
    cases: (filter, request) => {
      const { target = null, state = null, classification = null, origin = null, flavor = null } = filter;
      const { idPrefix = null } = filter;
      const text = filter.text === undefined || filter.text === "" ? null : filter.text.toLowerCase();
      const terms = { target, state, classification, origin, flavor, idPrefix, text };
      const page = readPage<Case>(request, (place, limit) => list.all({ ...terms, ...place, limit }));
      return { ...page, total: count.get(terms) ?? 0 };
    },
    caseCounts: stateCounts(db, "cases"),
  };
}
