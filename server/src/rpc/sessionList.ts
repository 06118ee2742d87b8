import { isWaiting } from "../jobs/approvals.ts";
import { everyJob } from "../jobs/everyJob.ts";
import type { Job, MethodResult, SessionRow } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import type { Services } from "./services.ts";

/** By the ids of these cases: why their queued jobs are not begun, or do not go on. */
export function waitsOf(
  { store, whyWaits }: Pick<Services, "store" | "whyWaits">,
  cases: ReadonlySet<string>,
): Record<string, string> {
  const { queued = 0 } = store.jobCounts();
  const jobs = queued === 0 ? [] : everyJob(store, ["queued"]).filter(({ caseId }) => cases.has(caseId));
  return Object.fromEntries(
    jobs.flatMap((job) => {
      const why = whyWaits(job);
      return why === null ? [] : [[job.caseId, why]];
    }),
  );
}

/** What is being done, waits to be done, waits for a person and was done, at most `limit` rows of each. */
export function listSessions(
  store: Store,
  limit: number,
  whyWaits: (job: Job) => string | null,
): MethodResult<"sessions/list"> {
  const ofJob =
    (group: SessionRow["group"]) =>
    (job: Job): SessionRow[] => {
      const subject = store.case(job.caseId);
      const attempt = store.attemptsOf(job.caseId).findLast(({ jobId }) => jobId === job.id) ?? null;
      const approval = attempt && store.approvalsOf(job.caseId).find(isWaiting);
      const waits = group === "queued" ? whyWaits(job) : null;
      if (subject === null) return [];
      return [
        {
          ...{ group, case: subject, job, attempt },
          ...(approval && { approval }),
          ...(waits !== null && { waits }),
        },
      ];
    };
  const oldest = (state: Job["state"]): Job[] => everyJob(store, [state]).reverse().slice(0, limit);
  const waiting = store.cases({ needsPerson: true, hidden: "without" }, { limit });
  const ended = store.jobs({ kind: "patch", states: ["done", "failed", "cancelled"] }, { limit }).items;
  const { leased = 0, queued = 0 } = store.jobCounts();
  return {
    sessions: [
      ...oldest("leased").flatMap(ofJob("running")),
      ...oldest("queued").flatMap(ofJob("queued")),
      ...waiting.items.map(
        (subject): SessionRow => ({
          ...{ group: "waiting", case: subject, job: null },
          attempt: store.attemptsOf(subject.id).at(-1) ?? null,
        }),
      ),
      ...ended.flatMap(ofJob("recent")),
    ],
    counts: { running: leased, queued, waiting: waiting.total },
  };
}
