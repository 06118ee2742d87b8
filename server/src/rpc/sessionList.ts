import type { Job, MethodResult, SessionRow } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/** What is being done, waits to be done, waits for a person and was done, at most `limit` rows of each. */
export function listSessions(store: Store, limit: number): MethodResult<"sessions/list"> {
  const ofJob =
    (group: SessionRow["group"]) =>
    (job: Job): SessionRow[] => {
      const subject = store.case(job.caseId);
      const attempt = store.attemptsOf(job.caseId).findLast(({ jobId }) => jobId === job.id) ?? null;
      return subject ? [{ group, case: subject, job, attempt }] : [];
    };
  const jobsIn = (...states: Job["state"][]): Job[] => store.jobs({ states }, { limit }).items;
  const waiting = store.cases({ needsPerson: true, hidden: "without" }, { limit });
  const ended = jobsIn("done", "failed", "cancelled");
  const { leased = 0, queued = 0 } = store.jobCounts();
  return {
    sessions: [
      ...jobsIn("leased").reverse().flatMap(ofJob("running")),
      ...jobsIn("queued").reverse().flatMap(ofJob("queued")),
      ...waiting.items.map(
        (subject): SessionRow => ({
          ...{ group: "waiting", case: subject, job: null },
          attempt: store.attemptsOf(subject.id).at(-1) ?? null,
        }),
      ),
      ...ended.filter(({ kind }) => kind === "patch").flatMap(ofJob("recent")),
    ],
    counts: { running: leased, queued, waiting: waiting.total },
  };
}
