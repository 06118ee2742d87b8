import { everyJob, unfinished } from "../../jobs/everyJob.ts";
import type { JobContext } from "../../jobs/types.ts";
import type { Attempt, Job } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import { accountOf, type RecordOptions, record } from "./attemptRecord.ts";
import { dropEnvironment } from "./environment.ts";
import { untold } from "./operator.ts";
import type { PatchStageOptions } from "./types.ts";

/** The attempt that a job was at when its server ended. */
export const openAttempt = (store: Pick<Store, "attemptsOf">, job: Job): Attempt | undefined =>
  store.attemptsOf(job.caseId).find(({ jobId, endedAt }) => jobId === job.id && endedAt === null);

/** Such attempts of all jobs that go on; each has its environment. */
export const openAttempts = (store: Store): Attempt[] =>
  everyJob(store, unfinished).flatMap((job) => openAttempt(store, job) ?? []);

/** Ends the attempts of a case that nobody goes on with. */
export async function closeInterrupted(
  options: RecordOptions,
  append: JobContext["append"],
  caseId: string,
  goesOn: (attempt: Attempt) => boolean,
): Promise<void> {
  const { store } = options;
  for (const attempt of store.attemptsOf(caseId)) {
    if (attempt.endedAt !== null || goesOn(attempt)) continue;
    append(...untold(store, attempt));
    const end = { outcome: "error", summary: "the server ended in the middle of this attempt" } as const;
    await record(options, append, attempt, accountOf(attempt, store.turns(attempt.id), end));
  }
}

/** Ends what waited to go on when its job is ended meanwhile: a person stopped it, or the case moved on. */
export function endWithJob(
  options: RecordOptions & Pick<PatchStageOptions, "manager">,
  log: (level: "error", text: string, cause: unknown) => void,
): Disposable {
  const { store, manager } = options;
  const end = async (attempt: Attempt, { state, error }: Job): Promise<void> => {
    const account = { outcome: state === "cancelled" ? "stopped" : "error", summary: error ?? "" } as const;
    const append = (...events: Parameters<JobContext["append"]>) => void store.append(events);
    await record(options, append, attempt, accountOf(attempt, store.turns(attempt.id), account));
    await dropEnvironment({ manager }, attempt);
  };
  return store.onAppend((events) => {
    for (const { type, payload } of events) {
      if (type !== "job/changed" || payload.endedAt === null) continue;
      const attempt = openAttempt(store, payload);
      if (attempt === undefined) continue;
      end(attempt, payload).catch((error: unknown) =>
        log("error", `attempt ${attempt.id} could not be ended with its job`, error),
      );
    }
  });
}
