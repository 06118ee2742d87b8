import { setImmediate as otherWork } from "node:timers/promises";
import type { Database } from "better-sqlite3";
import { PortwrightError, type PruneReport } from "../../protocol/index.ts";
import type { BlobStore, PruneLimits, PruneOptions, Store } from "../types.ts";
import { holders, letGo, removable } from "./pruneTerms.ts";
import { withoutLeaps } from "./quiet.ts";

/** Places of the stream, and failures, that one transaction looks at; between them other work goes on. */
const placesAtOnce = 2000;
const failuresAtOnce = 500;
const position = "pruned";

/**
 * Takes out of a state what is over and old enough, piece by piece while other work goes on. Each piece is one transaction
 * that moves the horizon too, so that an end at any instant leaves a whole state and the next time does the rest. Contents
 * go last, when nothing names them any more.
 */
export function pruning(
  db: Database,
  blobs: BlobStore,
  now: () => number,
  onPruned: () => void,
): Pick<Store, "prune" | "pruned"> {
  const statements = prepared(db);
  const last = db.prepare<[], number>("select coalesce(max(seq), 0) from events").pluck();
  const read = db.prepare<[string], string>("select value from cursors where name = ?").pluck();
  const put = db.prepare(
    "insert into cursors values (?, ?) on conflict do update set value = excluded.value",
  );
  const pruned: Store["pruned"] = () => {
    const { horizon, at } = JSON.parse(read.get(position) ?? '{"horizon":0,"at":null}');
    return { horizon, at: at !== null && at <= now() ? at : null };
  };
  let busy = false;

  /** Projections name events, and no index finds those that do: that none names a doomed one was asked of each itself. */
  function write(act: () => void): void {
    db.pragma("foreign_keys = OFF");
    try {
      db.transaction(act).immediate();
      onPruned();
    } finally {
      db.pragma("foreign_keys = ON");
    }
  }

  function believed({ events, logs, traces, proofs, closed, contents }: PruneLimits): PruneLimits {
    const moved = withoutLeaps(db, now());
    return {
      ...{ events: moved(events), logs: moved(logs), traces: moved(traces), proofs: moved(proofs) },
      ...{ closed: moved(closed), contents: moved(contents) },
    };
  }

  async function run(given: PruneLimits, options: PruneOptions): Promise<PruneReport> {
    const { dryRun, signal, onProgress } = options;
    const limits = options.asked ? given : believed(given);
    const report = { events: 0, turns: 0, eventBytes: 0, artifacts: 0 };
    const held = new Set<string>();
    const end = last.get() ?? 0;
    let looked = 0;

    /** Goes on to that place. What came after the beginning is not removed, and holds what it names. */
    function lookUpTo(to: number): void {
      const range = { ...limits, from: looked, to };
      // The newest event stays whatever it is: places are counted on from it.
      const doomed = statements.doomed.all(range).filter(({ seq }) => seq < end);
      if (doomed.length > 0 && !dryRun)
        write(() => {
          for (const { seq } of doomed) {
            statements.dropTurn.run({ seq });
            statements.dropEvent.run(seq);
          }
          const horizon = Math.max(pruned().horizon, doomed.at(-1)?.seq ?? 0);
          put.run(position, JSON.stringify({ horizon, at: now() }));
        });
      for (const { type, bytes } of doomed) {
        report[type === "turn/recorded" ? "turns" : "events"] += 1;
        report.eventBytes += bytes;
      }
      const gone = new Set(doomed.map(({ seq }) => seq));
      for (const { seq, payload } of statements.holders.all(range))
        if (!gone.has(seq)) for (const [hash] of payload.matchAll(/[0-9a-f]{64}/g)) held.add(hash);
      looked = to;
    }

    async function letLogsGo(): Promise<void> {
      const all = statements.countFailures.get() ?? 0;
      for (let looked = 0, after = ""; ; ) {
        signal.throwIfAborted();
        const { some, upTo } = statements.nextFailures.get(after, failuresAtOnce) ?? { some: 0, upTo: null };
        if (upTo === null) return;
        const failures = statements.failures.all({ ...limits, after, upTo });
        report.artifacts += failures.reduce((sum, { artifacts }) => sum + artifacts, 0);
        if (failures.length > 0 && !dryRun)
          write(() => failures.forEach(({ id }) => void statements.dropArtifacts.run(id)));
        looked += some;
        after = upTo;
        onProgress(`logs: ${looked} of ${Math.max(looked, all)} failures`);
        await otherWork();
      }
    }

    while (looked < end) {
      signal.throwIfAborted();
      lookUpTo(Math.min(end, looked + placesAtOnce));
      onProgress(`events: ${looked} of ${end}`);
      await otherWork();
    }
    await letLogsGo();
    const swept = await blobs.sweep(
      (sha256) => held.has(sha256) || statements.artifact.get({ ...limits, sha256 }) !== undefined,
      { ...options, before: limits.contents, beforeFolder: () => lookUpTo(last.get() ?? 0) },
    );
    const { horizon } = pruned();
    if (!dryRun) put.run(position, JSON.stringify({ horizon, at: now() }));
    return { dryRun, ...report, ...swept, horizon };
  }

  return {
    pruned,
    async prune(limits, options) {
      if (busy) throw new PortwrightError("badState", "The state is being pruned already: wait for its end.");
      busy = true;
      try {
        return await run(limits, options);
      } finally {
        busy = false;
      }
    },
  };
}

function prepared(db: Database) {
  return {
    doomed: db.prepare<unknown[], { seq: number; type: string; bytes: number }>(
      `select seq, type, octet_length(payload) as bytes from events e
       where seq > @from and seq <= @to and ${removable}`,
    ),
    dropEvent: db.prepare("delete from events where seq = ?"),
    dropTurn: db.prepare(
      `delete from turns where seq = @seq and (attempt_id, number) =
       (select payload ->> 'attemptId', payload ->> 'number' from events where seq = @seq and type = 'turn/recorded')`,
    ),
    holders: db.prepare<unknown[], { seq: number; payload: string }>(holders),
    countFailures: db.prepare<[], number>("select count(*) from bundles").pluck(),
    nextFailures: db.prepare<[string, number], { some: number; upTo: string | null }>(
      "select count(*) as some, max(id) as upTo from (select id from bundles where id > ? order by id limit ?)",
    ),
    failures: db.prepare<unknown[], { id: string; artifacts: number }>(
      `select bundle_id as id, count(*) as artifacts from artifacts a
       where bundle_id > @after and bundle_id <= @upTo and ${letGo} group by bundle_id`,
    ),
    dropArtifacts: db.prepare("delete from artifacts where bundle_id = ?"),
    artifact: db
      .prepare<unknown[], number>(`select 1 from artifacts a where sha256 = @sha256 and not ${letGo} limit 1`)
      .pluck(),
  };
}
