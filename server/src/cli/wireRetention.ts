import type { ServerConfig } from "../config/config.ts";
import type { Log } from "../rpc/log.ts";
import type { Services } from "../rpc/services.ts";
import type { PruneLimits, Store } from "../store/types.ts";

const dayMs = 24 * 60 * 60_000;
/** A case that was closed within that time is left as it is. */
const restDays = 7;
const lookEvery = 60 * 60_000;

interface RetentionParts {
  config: Pick<ServerConfig, "retention">;
  store: Store;
  now: () => number;
  log: Log;
}

/** Prunes when it is asked to, and once a day by itself. */
export function wireRetention({ config: { retention }, store, now, log }: RetentionParts) {
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  const prune: Services["prune"] = (options) => {
    const signal = AbortSignal.any([options.signal, closing.signal]);
    const work = store.prune(limitsOf(retention, now()), { ...options, signal });
    // One that is refused ends before the one that runs.
    running = Promise.allSettled([running, work]).then(() => {});
    return work;
  };
  const look = async (): Promise<void> => {
    if (now() - (store.pruned().at ?? 0) < dayMs) return;
    try {
      const report = await prune({ dryRun: false, signal: closing.signal, onProgress: () => {} });
      log("info", `what is over was pruned: ${JSON.stringify(report)}`);
    } catch (error) {
      if (!closing.signal.aborted)
        log("error", "the state could not be pruned; it is tried again in an hour", error);
    }
  };
  return {
    prune,
    start(): Disposable {
      const timer = setInterval(() => void look(), lookEvery);
      timer.unref();
      if (!retention.enabled) clearInterval(timer);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
    async stop(): Promise<void> {
      closing.abort();
      await running;
    },
  };
}

function limitsOf({ events, logs, traces, proofs }: ServerConfig["retention"], now: number): PruneLimits {
  const before = (days: number) => (days === 0 ? 0 : now - days * dayMs);
  return {
    ...{ events: before(events), logs: before(logs), traces: before(traces), proofs: before(proofs) },
    ...{ closed: before(restDays), contents: before(1) },
  };
}
