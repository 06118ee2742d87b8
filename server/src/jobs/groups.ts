import type { Job } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/**
 * Tells of a repair that nobody asked for whether it should wait: the same failure on the same target is being repaired,
 * or a fix of it is on its way to its proof. What comes of that is told to the one that waited, which costs it less. What
 * a person holds keeps nobody waiting.
 */
export function createGroupCheck(
  store: Pick<Store, "case">,
  jobs: readonly Job[],
  isCarried: (job: Job) => boolean,
): (job: Job) => boolean {
  const groupOf = ({ caseId }: Job): string => {
    const subject = store.case(caseId);
    return subject === null ? caseId : JSON.stringify([subject.target, subject.signature]);
  };
  const atWork = new Set(
    jobs
      .filter((job) => !job.paused && (job.kind === "verify" || (job.kind === "patch" && isCarried(job))))
      .map(groupOf),
  );
  return (job) =>
    atWork.size > 0 && job.kind === "patch" && job.requestedBy === "automation" && atWork.has(groupOf(job));
}
