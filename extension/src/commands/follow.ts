import type { Case } from "@portwright/server/protocol";
import { isBusy } from "../cases/actions.ts";
import type { CaseBook } from "../cases/caseBook.ts";
import type { Connection } from "../connection/connection.ts";
import { ConnectionLostError } from "../connection/errors.ts";

/** The next stage is asked for within that time, or by nobody but a person. */
const nextStageMs = 3000;

/**
 * Settles with the case when the job has ended and no stage of the same work follows. A connection that
 * comes back by itself is waited out; throws ConnectionLostError for one that does not.
 */
export function followJob(
  connection: Pick<Connection, "call" | "onState">,
  book: Pick<CaseBook, "onChange">,
  caseId: string,
  jobId: string,
): Promise<Case> {
  return new Promise((resolve, reject) => {
    let looking = false;
    let again = false;
    let waited = false;
    let waiting: NodeJS.Timeout | undefined;
    const end = (finish: () => void): void => {
      clearTimeout(waiting);
      for (const listener of listening) listener.dispose();
      finish();
    };
    const look = async (): Promise<void> => {
      again = looking;
      if (looking) return;
      looking = true;
      try {
        const { case: subject, jobs } = await connection.call("case/get", { case: caseId });
        if (jobs.some(({ endedAt }) => endedAt === null) || !jobs.some(({ id }) => id === jobId)) return;
        if (waited || !isBusy(subject)) end(() => resolve(subject));
        else
          waiting ??= setTimeout(() => {
            waited = true;
            void look();
          }, nextStageMs);
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
      connection.onState((state) => {
        if (state.name === "connected") void look();
        else if (state.name === "stopped") end(() => reject(new ConnectionLostError(state.reason)));
        else if (state.name === "idle")
          end(() => reject(new ConnectionLostError("there is no connection to the server")));
      }),
    ];
    void look();
  });
}
