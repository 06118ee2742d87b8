import type { JobContext } from "../../jobs/types.ts";
import type { Attempt } from "../../protocol/index.ts";
import { NotResumable } from "../replay/notResumable.ts";
import type { Agent, AttemptReport } from "../types.ts";
import { type AttemptPlan, carry } from "./attempt.ts";
import { accountOf, record } from "./attemptRecord.ts";
import { dropEnvironment } from "./environment.ts";
import { untold } from "./operator.ts";
import type { PatchStageOptions } from "./types.ts";

/** Servers, or hosts of its environment, that may fall out in a row without one more complete turn; more are taken for the attempt's doing. */
const mostResumes = 3;

/**
 * The attempt goes on from its last complete turn. What cannot go on is ended with the reason, and null is returned: a
 * fresh attempt may take its place.
 */
export async function resumeAttempt(
  options: PatchStageOptions,
  context: JobContext,
  { agent, ...plan }: Omit<AttemptPlan, "agent"> & { agent: Agent | undefined },
  open: Attempt,
): Promise<AttemptReport | null> {
  const { store } = options;
  const turns = store.turns(open.id);
  const times = open.resumed?.turn === turns.length ? open.resumed.times + 1 : 1;
  if (times > mostResumes) {
    const summary = `It was cut short ${times} times in the middle of turn ${turns.length + 1}, so the attempt is not taken up once more.`;
    const report = accountOf(open, turns, { outcome: "stalled", summary });
    await record(options, context.append, open, report);
    await dropEnvironment(options, open);
    return report;
  }
  const attempt: Attempt = { ...open, resumed: { turn: turns.length, times } };
  context.append({ type: "attempt/changed", payload: attempt }, ...untold(store, open, turns.length));
  try {
    if (agent === undefined)
      throw new NotResumable(`no model ${open.provider} ${open.model} is configured any more`);
    return await carry(options, context, { ...plan, agent }, { attempt, turns });
  } catch (error) {
    if (!(error instanceof NotResumable)) throw error;
    context.append(...untold(store, open));
    await record(
      options,
      context.append,
      attempt,
      accountOf(attempt, turns, { outcome: "error", summary: error.message }),
    );
    await dropEnvironment(options, open);
    return null;
  }
}
