import type { Case, Diagnosis } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/** A failure of a port that is still open, with the newest diagnosis of it. */
export interface OpenFailure {
  subject: Case;
  diagnosis: Diagnosis | null;
}

export interface PortStatus {
  target: string;
  /** null when the port never failed there. */
  subject: Case | null;
  /** Newest result and newest success among the runs looked at. */
  last: { kind: string; pkgname: string; at: number } | null;
  built: { pkgname: string; at: number } | null;
}

const maxCases = 50;
const maxTargets = 20;
const maxRuns = 20;
/** What a porter can no longer do anything about. */
const settled = new Set(["closed", "delivered"]);

export function openFailures(store: Store, origin: string): OpenFailure[] {
  return store
    .cases({ origin }, { limit: maxCases })
    .items.filter((subject) => subject.origin === origin && !settled.has(subject.state))
    .map((subject) => ({ subject, diagnosis: store.bundle(subject.bundleId)?.diagnosis ?? null }));
}

/** How the port stands on each target; those that never saw it are left out. */
export function statusOf(store: Store, origin: string): PortStatus[] {
  const cases = store.cases({ origin }, { limit: maxCases }).items.filter((one) => one.origin === origin);
  return store
    .targets()
    .slice(0, maxTargets)
    .flatMap(({ name: target }) => {
      const here = cases.filter((one) => one.target === target);
      const subject = here.find(({ state }) => !settled.has(state)) ?? here[0] ?? null;
      const results = store
        .runs({ target }, { limit: maxRuns })
        .items.flatMap((run) => store.portResults(run.id, origin))
        .sort((a, b) => b.at - a.at);
      const built = results.find(({ kind }) => kind === "built") ?? null;
      const status = { target, subject, last: results[0] ?? null, built };
      return subject === null && status.last === null ? [] : [status];
    });
}
