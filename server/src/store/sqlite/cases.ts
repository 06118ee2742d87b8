import type { Database } from "better-sqlite3";
import { needsPerson } from "../../protocol/attention.ts";
import type { Case, CaseState } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { caseLists } from "./caseLists.ts";
import { type Appliers, entities, stateCounts } from "./projection.ts";

type Reads = Pick<Store, "case" | "caseOf" | "caseStates" | "cases" | "caseGroups" | "caseCounts">;

/** Cases, and the lists of them. */
export function caseProjection(db: Database, now: () => number): Reads & { appliers: Appliers } {
  const put = db.prepare(
    `insert into cases values
     (@id, @target, @origin, @flavor, @state, @classification, @search, @bundleId, @openedAt, @seq, @signature,
      @category, @maintainer, @assignee, @needsPerson, @blocked, @ignored, @snoozedUntil)
     on conflict (id) do update set state = excluded.state, classification = excluded.classification,
     search = excluded.search, bundle_id = excluded.bundle_id, opened_at = excluded.opened_at, seq = excluded.seq,
     signature = excluded.signature, maintainer = excluded.maintainer, assignee = excluded.assignee,
     needs_person = excluded.needs_person, blocked = excluded.blocked, ignored = excluded.ignored,
     snoozed_until = excluded.snoozed_until`,
  );
  const one = entities<Case>(db, "select payload from cases join events using (seq) where id = ?");
  const ofPort = entities<Case>(
    db,
    "select payload from cases join events using (seq) where target = ? and origin = ? and flavor = ?",
  );
  const states = db.prepare<[string], { seq: number; at: number; state: CaseState }>(
    `select seq, at, state from (
       select seq, payload ->> 'updatedAt' as at, payload ->> 'state' as state,
         lag(payload ->> 'state') over (order by seq) as before
       from events where type = 'case/changed' and payload ->> 'id' = ?)
     where state is not before order by seq`,
  );

  return {
    appliers: { "case/changed": (changed, seq) => put.run(rowOf(changed, seq)) },
    case: (id) => one.one(id),
    caseOf: (target, origin, flavor) => ofPort.one(target, origin, flavor),
    caseStates: (id) => states.all(id),
    ...caseLists(db, now),
    caseCounts: stateCounts(db, "cases"),
  };
}

function rowOf(changed: Case, seq: number) {
  const { id, target, origin, flavor, state, classification, bundleId, openedAt, signature } = changed;
  const { maintainer = "", pkgname = "", assignee = "", blocked = 0, ignored, snoozedUntil = 0 } = changed;
  const port = flavor === "" ? origin : `${origin}@${flavor}`;
  return {
    ...{ id, target, origin, flavor, state, classification, bundleId, openedAt, seq, signature, maintainer },
    ...{ assignee, blocked, snoozedUntil, ignored: Number(ignored ?? false) },
    category: origin.slice(0, Math.max(0, origin.indexOf("/"))),
    needsPerson: Number(needsPerson(changed)),
    search: [port, changed.cause, signature, maintainer, pkgname].join("\n").toLowerCase(),
  };
}
