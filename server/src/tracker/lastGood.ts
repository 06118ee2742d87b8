import type { Case, MethodResult } from "../protocol/index.ts";
import { everyItem } from "../store/pages.ts";
import type { Store } from "../store/types.ts";

const logNames = ["logs/full.log", "logs/errors.txt"];

/**
 * The newest log of a good build of the port: of a proof, or of a log that was imported; on the case's own target before
 * any other. Builders keep no log of a success for long, and hooks copy none.
 */
export function lastGoodLog(store: Store, subject: Case): MethodResult<"case/lastGood"> {
  const { origin, flavor } = subject;
  const others = [...everyItem((page) => store.cases({ origin, flavor }, page))];
  const found = [subject, ...others.filter(({ id }) => id !== subject.id)].flatMap((each) =>
    logsOf(store, each),
  );
  const onTarget = found.filter(({ target }) => target === subject.target);
  const [newest] = (onTarget.length > 0 ? onTarget : found).toSorted((left, right) => right.at - left.at);
  if (newest === undefined)
    return {
      log: null,
      reason: "no proof built it, and no log of a good build was imported (`portwright evidence import`)",
    };
  const { sha256, at, source } = newest;
  return { log: { sha256, at, source }, reason: "" };
}

interface GoodLog {
  target: string;
  sha256: string;
  at: number;
  source: string;
}

function logsOf(store: Store, { id, target, origin, flavor }: Case): GoodLog[] {
  const proved = store
    .proofsOf(id)
    .flatMap(({ build, endedAt }) =>
      build?.passed ? [{ target, sha256: build.logSha256, at: endedAt, source: `proof on ${target}` }] : [],
    );
  const imported = store.bundlesOf(target, origin, flavor).flatMap(({ diagnosis, artifacts, at }) => {
    const log = artifacts.find(({ name }) => logNames.includes(name));
    return diagnosis.outcome === "succeeded" && log
      ? [{ target, sha256: log.sha256, at, source: `imported, ${target}` }]
      : [];
  });
  return [...proved, ...imported];
}
