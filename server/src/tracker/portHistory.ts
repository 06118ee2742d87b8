import { portKey } from "../evidence/results/types.ts";
import { type PortHistory, PortwrightError, type Result } from "../protocol/index.ts";
import type { Store } from "../store/types.ts";
import { rootsOf } from "./blocked.ts";

interface HistoryRequest {
  origin: string;
  /** undefined: every flavor. */
  flavor?: string | undefined;
  /** undefined: every target. */
  target?: string | undefined;
  /** How many of a target's runs are looked at, the newest ones. */
  runs: number;
}

/** What became of a port, target by target and flavor by flavor. Throws PortwrightError notFound for one that no run tried. */
export function portHistories(store: Store, request: HistoryRequest): PortHistory[] {
  const { origin, flavor, target, runs } = request;
  const targets = target === undefined ? store.targets().map(({ name }) => name) : [target];
  const histories = targets.flatMap((name) => {
    const newest = store.runs({ target: name }, { limit: runs });
    const found = newest.items
      .flatMap((run) => store.portResults(run.id, origin))
      .filter((result) => flavor === undefined || result.flavor === flavor);
    return [...Map.groupBy(found, (result) => result.flavor)].map(([of, results]): PortHistory => {
      const caseId = store.caseOf(name, origin, of)?.id ?? null;
      const summary = summaryOf(results);
      return {
        ...{ target: name, origin, flavor: of, caseId, ...summary, results },
        ...(summary.last?.kind === "skipped" ? { heldUpBy: rootsOf(store, summary.last) } : {}),
        ...(newest.nextCursor !== null && { older: true }),
      };
    });
  });
  if (histories.length > 0) return histories;
  const port = portKey(origin, flavor ?? "");
  const where = target === undefined ? "" : ` of ${target}`;
  throw new PortwrightError("notFound", `none of the newest ${runs} runs${where} tried ${port}`);
}

const isBuilt = ({ kind, fetchedOnly }: Result): boolean => kind === "built" && !fetchedOnly;

/** `results` newest first. */
function summaryOf(
  results: readonly Result[],
): Pick<PortHistory, "last" | "lastBuilt" | "firstBad" | "flips"> {
  // What was skipped, ignored or only fetched says nothing about the port itself.
  const tried = results.filter((result) => isBuilt(result) || result.kind === "failed");
  const good = tried.findIndex(isBuilt);
  const flips = tried.filter((result, index) => {
    const later = tried[index - 1];
    return later !== undefined && isBuilt(later) !== isBuilt(result);
  });
  return {
    last: results[0] ?? null,
    lastBuilt: tried[good] ?? null,
    firstBad: good > 0 ? (tried[good - 1] ?? null) : null,
    flips: flips.length,
  };
}
