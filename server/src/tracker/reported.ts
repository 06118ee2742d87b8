import { portKey, type ReportedResult } from "../evidence/results/types.ts";
import type { Spool } from "../evidence/spool.ts";
import type { NewEvent, Run } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { applyRecord, applyReported, type Evidence, type TrackerContext } from "./apply.ts";
import { gatherEvidence, type ReadBundle, standInId } from "./evidence.ts";
import { logEvidence, madeBy } from "./portLog.ts";
import { eventOf, type RecordFields } from "./records.ts";
import type { CurrentReport } from "./reports.ts";
import { PendingView } from "./view.ts";

/** One step of a batch: a record with the evidence of a failure. */
export interface Step {
  fields: RecordFields;
  evidence: Evidence | null;
  /** The builder's files said it, and no hook. */
  reported: boolean;
}

/** What is asked of a run here; it may still be unknown to the store. */
export type ReportedRun = Pick<Run, "id" | "profile" | "startedAt" | "endedAt"> & {
  fetched?: number | undefined;
};

interface ReportedOptions {
  spool: Spool;
  store: Store;
  readBundle: ReadBundle;
}

/** Steps that are made ready at once; the rest waits for the next look. */
const mostSteps = 2000;
const mostEvidence = 8;
const mostRounds = 1000;

/**
 * Steps for what the builder's files say of a run and the store does not know, with whatever evidence there is of the
 * failures. `skip` leaves a port out: its own record is in hand, or may still come. `more` is true when the bounds of one
 * transaction left some for the next time.
 */
export async function reportedSteps(
  { spool, store, readBundle }: ReportedOptions,
  run: ReportedRun,
  { results, start, known: settled }: CurrentReport,
  skip: (result: ReportedResult) => boolean,
): Promise<{ steps: Step[]; more: boolean }> {
  const until = run.endedAt === null ? null : run.endedAt + 1000;
  const steps: Step[] = [];
  let evidences = 0;
  for (const [key, result] of results) {
    // Most of a long run is known, and looked at again and again.
    if (settled.get(key) === result || skip(result)) continue;
    const { origin, flavor, kind } = result;
    const known = store.result(run.id, origin, flavor);
    if (known !== null && (known.kind !== kind || isComplete(known, result))) {
      settled.set(key, result);
      continue;
    }
    if (steps.length >= mostSteps || evidences >= mostEvidence) return { steps, more: true };
    const fields = recordOf(run, result);
    if (known !== null || (kind !== "failed" && kind !== "built")) {
      steps.push({ fields, evidence: null, reported: true });
    } else if (kind === "built") {
      const made = start === null ? "" : await madeBy(spool, start, origin, flavor, until);
      const sure = made || ((run.fetched ?? 0) > 0 ? "nothing" : "package");
      steps.push({ fields: { ...fields, made: sure }, evidence: null, reported: true });
    } else {
      const id = standInId(run.id, origin, flavor);
      const found = start && (await logEvidence(spool, start, { origin, flavor, id }, until, store.blobs));
      const evidence = found ?? (await gatherEvidence(spool, fields, store.blobs, readBundle));
      steps.push({ fields, evidence, reported: true });
      evidences++;
    }
  }
  return { steps, more: false };
}

/** The events of steps, on top of each other. */
export function eventsOf(store: Store, steps: readonly Step[], context: TrackerContext): NewEvent[] {
  const view = new PendingView(store);
  for (const { fields, evidence, reported } of steps)
    view.add((reported ? applyReported : applyRecord)(view, fields, evidence, context));
  return view.pending();
}

/** Takes all that the builder's files say of a run, in as many transactions as its bounds ask for. */
export async function takeReported(
  parts: ReportedOptions,
  run: ReportedRun,
  report: CurrentReport,
  skip: (result: ReportedResult) => boolean,
  context: TrackerContext,
): Promise<void> {
  const { store, spool } = parts;
  for (let round = 0; round < mostRounds; round++) {
    const { steps, more } = await reportedSteps(parts, run, report, skip);
    if (steps.length > 0)
      store.transact(() => ({ events: eventsOf(store, steps, context), value: undefined }));
    await spool.release();
    if (!more) return;
  }
}

/** Whether the files could add nothing to what is known. */
function isComplete(
  known: { phase: string; reason: string; seconds?: number | undefined; kind: string },
  { phase, reason, seconds }: ReportedResult,
): boolean {
  return (
    (known.seconds !== undefined || seconds === null) &&
    (known.reason !== "" || reason === "") &&
    (known.kind !== "failed" || known.phase !== "" || phase === "")
  );
}

function recordOf(
  { id, profile, startedAt, endedAt }: ReportedRun,
  { origin, flavor, kind, phase, reason, seconds, elapsed, pkgname }: ReportedResult,
): RecordFields {
  const at = elapsed === null ? (endedAt ?? null) : startedAt + elapsed * 1000;
  return {
    ...{ ev: eventOf(kind), run: id, profile, origin, flavor, pkgname, phase, reason },
    ...(seconds === null ? {} : { seconds: String(seconds) }),
    ...(at === null ? {} : { t: String(Math.floor(at / 1000)) }),
  };
}

/** Names a port within a run, for what is in hand. */
export function stepKey({ run = "", origin = "", flavor = "" }: RecordFields): string {
  return `${run}\0${portKey(origin, flavor)}`;
}
