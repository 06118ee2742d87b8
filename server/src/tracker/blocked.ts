import { portKey, portOfSpec } from "../evidence/results/types.ts";
import type { Case, NewEvent, Result, Run, SkipRoot } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";

/** What has to be known to say how many ports a failure holds up; what is still to be appended included. */
interface BlockedView extends Pick<Store, "result" | "caseOf"> {
  run(id: string): Run | null;
  newestRun(target: string): Run | null;
  skipped(runId: string): Pick<Result, "reason">[];
}

/**
 * The ports, by their keys, at whose door a skip lies. A reason is a list of chains, `ORIGIN[@FLAVOR]` joined by `->`, whose last port is
 * the one that failed (build.c of dsynth). One that ends in an ignored port goes on with free text, in which nothing more
 * can be told apart.
 */
function skipRoots(reason: string): string[] {
  return [...new Set(skipChains(reason).flatMap((chain) => chain.at(-1) ?? []))];
}

/** The same, each with its case. */
export function rootsOf(store: Pick<Store, "caseOf">, { target, reason }: Result): SkipRoot[] {
  return skipRoots(reason)
    .map(portOfSpec)
    .filter((port) => port !== null)
    .map((port) => ({ ...port, caseId: store.caseOf(target, port.origin, port.flavor)?.id ?? null }));
}

/** The ports of each chain, by their keys. */
function skipChains(reason: string): string[][] {
  const chains: string[][] = [];
  for (const chain of reason.split(/\s+/).filter(Boolean)) {
    const names = chain.split("->");
    const ports = names.map(portOfSpec).filter((port) => port !== null);
    chains.push(ports.map(({ origin, flavor }) => portKey(origin, flavor)));
    if (ports.length < names.length) break;
  }
  return chains;
}

/** The ports that need the failed one directly, by their keys; those through which it held up most come first. */
export function heldUpBy(
  skipped: readonly Pick<Result, "origin" | "flavor" | "reason">[],
  root: string,
): string[] {
  const counts = new Map<string, number>();
  for (const { origin, flavor, reason } of skipped)
    for (const chain of skipChains(reason)) {
      if (chain.at(-1) !== root) continue;
      const direct = chain.at(-2) ?? portKey(origin, flavor);
      counts.set(direct, (counts.get(direct) ?? 0) + 1);
    }
  return [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1));
}

/**
 * Events of the cases whose number of blocked ports the `changed` results of a batch alter, one a case. Only what the
 * newest run of a target says counts, and a port that it did not try keeps its number.
 */
export function blockedChanges(
  view: BlockedView,
  changed: readonly Result[],
  before: BlockedView["result"],
): NewEvent[] {
  const byRun = Map.groupBy(changed, ({ runId }) => runId);
  const events: NewEvent[] = [];
  for (const [runId, results] of byRun) {
    const run = view.run(runId);
    if (run === null || view.newestRun(run.target)?.id !== runId) continue;
    const touched = new Set<string>();
    for (const result of results) {
      const { origin, flavor } = result;
      touched.add(portKey(origin, flavor));
      for (const one of [result, before(runId, origin, flavor)])
        if (one?.kind === "skipped") for (const root of skipRoots(one.reason)) touched.add(root);
    }
    const cases = [...touched].flatMap((spec) => {
      const { origin, flavor } = portOfSpec(spec) ?? { origin: "", flavor: "" };
      return view.caseOf(run.target, origin, flavor) ?? [];
    });
    if (cases.length === 0) continue;
    const counts = countRoots(view.skipped(runId));
    for (const subject of cases) {
      const blocked =
        subject.state === "closed" ? 0 : (counts.get(portKey(subject.origin, subject.flavor)) ?? 0);
      if (blocked === (subject.blocked ?? 0)) continue;
      events.push({ type: "case/changed", payload: withBlocked(subject, blocked) });
    }
  }
  return events;
}

/** How many of the skipped ports lie at the door of each port, by its key. */
export function countRoots(skipped: readonly Pick<Result, "reason">[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of skipped)
    for (const root of skipRoots(reason)) counts.set(root, (counts.get(root) ?? 0) + 1);
  return counts;
}

function withBlocked({ blocked: _, ...subject }: Case, blocked: number): Case {
  return blocked === 0 ? subject : { ...subject, blocked };
}
