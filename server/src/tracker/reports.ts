import { RunReport } from "../evidence/results/report.ts";
import { portKey, type ReportedResult } from "../evidence/results/types.ts";
import type { Spool } from "../evidence/spool.ts";
import type { Run } from "../protocol/index.ts";
import { type RecordFields, resultKind, runIdOf, runNameAt } from "./records.ts";
import { type RunStart, RunStarts } from "./runFolders.ts";

/** Runs whose report is kept in memory. */
const mostReports = 8;

/** What the builder's own files say of one run just now. */
export interface CurrentReport {
  results: ReadonlyMap<string, ReportedResult>;
  /** Last change of those files, in milliseconds; 0 when there are none. */
  changedAt: number;
  start: RunStart | null;
  /** Directory_logs holds this run's files. */
  owns: boolean;
  /** By key, what the store was found to know already; whoever looks writes it down here. */
  known: Map<string, ReportedResult>;
}

/** The reports of one spool's runs: from Directory_logs while it is theirs, and from the copies that the hooks keep. */
export class Reports {
  readonly #spool: Spool;
  readonly #starts: RunStarts;
  readonly #recent: () => readonly Run[];
  readonly #reports = new Map<string, { report: RunReport; known: CurrentReport["known"] }>();

  /** `recent` gives the newest runs of any state. */
  constructor(spool: Spool, recent: () => readonly Run[]) {
    this.#spool = spool;
    this.#starts = new RunStarts(spool);
    this.#recent = recent;
  }

  /** Where the run's logs are, and whether they still are its own; null for a run of another host. */
  async placeOf(runId: string): Promise<(Pick<CurrentReport, "start" | "owns"> & { name: string }) | null> {
    const name = runNameAt(this.#spool.builder, runId);
    if (name === null) return null;
    const start = await this.#starts.of(name);
    const owns = start !== null && (await this.#starts.ownsLogs(name, start, this.#recent()));
    return { name, start, owns };
  }

  /** null for a run of another host. */
  async of(runId: string): Promise<CurrentReport | null> {
    const place = await this.placeOf(runId);
    if (place === null) return null;
    const { name, start, owns } = place;
    const { report, known } = this.#kept(name);
    if (start !== null && owns)
      await report.refresh({ lists: start.logs, report: `${start.logs}/Report` }, start.mark);
    const folder = `${this.#spool.root}/runs/${name}`;
    await report.refresh({ lists: `${folder}/lists`, report: `${folder}/report` }, 0);
    return { results: report.results, changedAt: report.changedAt, start, owns, known };
  }

  #kept(name: string) {
    const kept = this.#reports.get(name) ?? {
      report: new RunReport(this.#spool.files),
      known: new Map<string, ReportedResult>(),
    };
    this.#reports.delete(name);
    this.#reports.set(name, kept);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > mostReports && oldest !== undefined) this.#reports.delete(oldest);
    return kept;
  }
}

/** A record of the hooks with what the builder's files know besides: the time it took, the reason, the phase. */
export function completedBy(fields: RecordFields, report: CurrentReport | null): RecordFields {
  const reported = report?.results.get(portKey(fields.origin ?? "", fields.flavor ?? ""));
  if (reported === undefined || resultKind(fields) !== reported.kind) return fields;
  return {
    ...fields,
    phase: fields.phase || reported.phase,
    reason: fields.reason || reported.reason,
    ...(reported.seconds === null ? {} : { seconds: String(reported.seconds) }),
  };
}

/** Whether a record is of a result; only then is the builder's report of its run of use. */
export function reportedRunOf(fields: RecordFields): string | null {
  return resultKind(fields) === null ? null : runIdOf(fields);
}
