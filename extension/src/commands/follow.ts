import type { Case } from "@portwright/server/protocol";
import { isBusy } from "../cases/actions.ts";
import type { CaseBook } from "../cases/caseBook.ts";
import type { Connection } from "../connection/connection.ts";
import { ConnectionLostError } from "../connection/errors.ts";

/** Settles with the case when the job has ended and no stage of the same work follows. A lost connection is waited out. */
export function followJob(
  connection: Pick<Connection, "call" | "onState">,
  book: Pick<CaseBook, "onChange">,
  caseId: string,
  jobId: string,
): Promise<Case> {
  return new Promise((resolve, reject) => {
    let looking = false;
    let again = false;
    const end = (finish: () => void): void => {
      for (const listener of listening) listener.dispose();
      finish();
    };
    const look = async (): Promise<void> => {
      again = looking;
      if (looking) return;
      looking = true;
      try {
        const { case: subject, jobs } = await connection.call("case/get", { case: caseId });
        const ended = jobs.some(({ id, endedAt }) => id === jobId && endedAt !== null);
        if (ended && !isBusy(subject)) end(() => resolve(subject));
      } catch (error) {
        // Of a lost connection the next state tells, and then it is looked again.
        if (!(error instanceof ConnectionLostError)) end(() => reject(error));
      } finally {
        looking = false;
        if (again) void look();
      }
    };
    const listening = [
      book.onChange((change) => (change === "all" || change.has(caseId)) && void look()),
      connection.onState(({ name }) => name === "connected" && void look()),
    ];
    void look();
  });
}
