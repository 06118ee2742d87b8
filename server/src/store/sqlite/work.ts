import type { Database } from "better-sqlite3";
import type { Approval, Attempt, Job, Proof, Steering, Turn } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { keysOf, newestFirst, type PlacedRow, readPage } from "./page.ts";
import { type Appliers, entities, stateCounts } from "./projection.ts";

type Reads = Pick<
  Store,
  | "job"
  | "jobs"
  | "jobCounts"
  | "attempt"
  | "attemptsOf"
  | "turns"
  | "proof"
  | "proofsOf"
  | "steeringsOf"
  | "waitingSteerings"
  | "approvalsOf"
> & {
  /** True while the job is leased with exactly this fencing number. */
  holdsLease(jobId: string, fence: number): boolean;
};

/** What is done about cases: jobs, attempts with their turns, proofs. */
export function workProjection(db: Database): Reads & { appliers: Appliers } {
  const putJob = db.prepare(
    `insert into jobs values (@id, @caseId, @state, @fence, @queuedAt, @seq) on conflict do update set
     state = excluded.state, fence = excluded.fence, queued_at = excluded.queued_at, seq = excluded.seq`,
  );
  const putAttempt = db.prepare(
    `insert into attempts values (@id, @caseId, @jobId, @number, @seq)
     on conflict do update set number = excluded.number, seq = excluded.seq`,
  );
  const putTurn = db.prepare(
    "insert into turns values (?, ?, ?) on conflict do update set seq = excluded.seq",
  );
  const putProof = db.prepare(
    "insert into proofs values (?, ?, ?) on conflict do update set seq = excluded.seq",
  );

  const putSteering = db.prepare(
    `insert into steerings values (@id, @caseId, @state, @at, @seq)
     on conflict do update set state = excluded.state, seq = excluded.seq`,
  );

  const putApproval = db.prepare(
    "insert into approvals values (@id, @caseId, @at, @seq) on conflict do update set seq = excluded.seq",
  );

  const job = entities<Job>(db, "select payload from jobs join events using (seq) where id = ?");
  const list = db.prepare<unknown[], PlacedRow>(
    `select json_array(queued_at, id) as place, payload from jobs join events using (seq)
     where (queued_at, id) < (@k0, @k1) and (@caseId is null or case_id = @caseId)
     and (@kind is null or payload ->> '$.kind' = @kind)
     and (@states is null or state in (select value from json_each(@states)))
     order by queued_at desc, id desc limit @limit`,
  );
  const lease = db
    .prepare<unknown[], number>("select 1 from jobs where id = ? and fence = ? and state = 'leased'")
    .pluck();
  const attempt = entities<Attempt>(db, "select payload from attempts join events using (seq) where id = ?");
  const attempts = entities<Attempt>(
    db,
    "select payload from attempts join events using (seq) where case_id = ? order by number, id",
  );
  const turns = entities<Turn>(
    db,
    "select payload from turns join events using (seq) where attempt_id = ? and number > ? order by number",
  );
  const proof = entities<Proof>(db, "select payload from proofs join events using (seq) where id = ?");
  const proofs = entities<Proof>(
    db,
    "select payload from proofs join events using (seq) where case_id = ? order by seq",
  );

  const steerings = entities<Steering>(
    db,
    "select payload from steerings s join events using (seq) where case_id = ? order by s.at, id",
  );
  const waiting = entities<Steering>(
    db,
    "select payload from steerings s join events using (seq) where s.state = 'waiting' order by s.at, id",
  );

  const approvals = entities<Approval>(
    db,
    "select payload from approvals a join events using (seq) where case_id = ? order by a.at, id",
  );

  return {
    appliers: {
      "job/changed": ({ id, caseId, state, fence, queuedAt }, seq) =>
        putJob.run({ id, caseId, state, fence, queuedAt, seq }),
      "attempt/changed": ({ id, caseId, jobId, number }, seq) =>
        putAttempt.run({ id, caseId, jobId, number, seq }),
      "turn/recorded": ({ attemptId, number }, seq) => putTurn.run(attemptId, number, seq),
      "proof/recorded": ({ id, caseId }, seq) => putProof.run(id, caseId, seq),
      "steering/changed": ({ id, caseId, state, at }, seq) => putSteering.run({ id, caseId, state, at, seq }),
      "approval/changed": ({ id, caseId, at }, seq) => putApproval.run({ id, caseId, at, seq }),
    },
    job: (id) => job.one(id),
    jobs: ({ caseId = null, kind = null, states }, request) =>
      readPage<Job>(request, { order: "jobs", start: newestFirst }, (place, limit) =>
        list.all({
          ...keysOf(place),
          caseId,
          kind,
          states: states === undefined ? null : JSON.stringify(states),
          limit,
        }),
      ),
    jobCounts: stateCounts(db, "jobs"),
    holdsLease: (jobId, fence) => lease.get(jobId, fence) !== undefined,
    attempt: (id) => attempt.one(id),
    attemptsOf: (caseId) => attempts.all(caseId),
    turns: (attemptId, after = 0) => turns.all(attemptId, after),
    proof: (id) => proof.one(id),
    proofsOf: (caseId) => proofs.all(caseId),
    steeringsOf: (caseId) => steerings.all(caseId),
    waitingSteerings: () => waiting.all(),
    approvalsOf: (caseId) => approvals.all(caseId),
  };
}
