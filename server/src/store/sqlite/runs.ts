import type { Database } from "better-sqlite3";
import type { Result, Run, Target } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { keysOf, newestFirst, type PlacedRow, readPage } from "./page.ts";
import { type Appliers, entities } from "./projection.ts";

type Reads = Pick<
  Store,
  "targets" | "run" | "activeRuns" | "runs" | "result" | "results" | "portResults" | "skipped"
>;

/** Targets, runs and the results of runs. */
export function runProjection(db: Database): Reads & { appliers: Appliers } {
  const putTarget = db.prepare(
    "insert into targets values (?, ?) on conflict do update set seq = excluded.seq",
  );
  const putRun = db.prepare(
    "insert into runs values (@id, @target, @state, @startedAt, @seq) on conflict do update set " +
      "target = excluded.target, state = excluded.state, started_at = excluded.started_at, seq = excluded.seq",
  );
  const putResult = db.prepare(
    "insert into results values (@runId, @origin, @flavor, @seq, @kind, @pkgname, @search) on conflict do update set " +
      "seq = excluded.seq, kind = excluded.kind, pkgname = excluded.pkgname, search = excluded.search",
  );

  const targets = entities<Target>(db, "select payload from targets join events using (seq) order by name");
  const run = entities<Run>(db, "select payload from runs join events using (seq) where id = ?");
  const active = entities<Run>(
    db,
    "select payload from runs join events using (seq) where state = 'active' order by started_at, id",
  );
  const resultsOf = "select payload from results join events using (seq) where run_id = ?";
  const results = entities<Result>(db, `${resultsOf} order by origin, flavor`);
  const ofPort = entities<Result>(db, `${resultsOf} and origin = ? order by flavor`);
  const result = entities<Result>(db, `${resultsOf} and origin = ? and flavor = ?`);
  const skipped = db.prepare<[string], Pick<Result, "origin" | "flavor" | "reason">>(
    `select origin, flavor, payload ->> 'reason' as reason from results join events using (seq)
     where run_id = ? and kind = 'skipped'`,
  );
  const list = db.prepare<unknown[], PlacedRow>(
    `select json_array(started_at, id) as place, payload from runs join events using (seq)
     where (started_at, id) < (@k0, @k1) and (@target is null or target = @target)
     order by started_at desc, id desc limit @limit`,
  );

  return {
    appliers: {
      "target/seen": (payload, seq) => putTarget.run(payload.name, seq),
      "run/changed": ({ id, target, state, startedAt }, seq) =>
        putRun.run({ id, target, state, startedAt, seq }),
      "result/recorded": (result, seq) => putResult.run(rowOf(result, seq)),
    },
    targets: () => targets.all(),
    run: (id) => run.one(id),
    activeRuns: () => active.all(),
    runs: ({ target = null }, request) =>
      readPage<Run>(request, { order: "runs", start: newestFirst }, (place, limit) =>
        list.all({ ...keysOf(place), target, limit }),
      ),
    result: (runId, origin, flavor) => result.one(runId, origin, flavor),
    results: (runId) => results.all(runId),
    portResults: (runId, origin) => ofPort.all(runId, origin),
    skipped: (runId) => skipped.all(runId),
  };
}

/** A success that only fetched is of a kind of its own here: nothing was built, and no count has it. */
function rowOf({ runId, origin, flavor, kind, pkgname, phase, reason, fetchedOnly }: Result, seq: number) {
  const search = [flavor === "" ? origin : `${origin}@${flavor}`, phase, reason].join("\n").toLowerCase();
  return { runId, origin, flavor, seq, kind: fetchedOnly ? "fetched" : kind, pkgname, search };
}
