import type { ServerConfig } from "../config/config.ts";
import { intakeBundle } from "../evidence/bundle.ts";
import { localSpool } from "../evidence/spool.ts";
import type { Log } from "../rpc/log.ts";
import type { Services } from "../rpc/services.ts";
import type { Store } from "../store/types.ts";
import { createIntake } from "../tracker/intake.ts";
import { createLockTest } from "../tracker/lockTest.ts";
import { createReconciler, recentRunsOf } from "../tracker/reconcile.ts";
import { Reports } from "../tracker/reports.ts";

interface EvidenceParts {
  log: Log;
  config: ServerConfig;
  store: Store;
  now: () => number;
  newId: () => string;
}

/** Between looks at the journal where the file system does not tell, in milliseconds. */
const pollEvery = 1000;

/** Everything that takes evidence of this host's builders. */
export function wireEvidence({ config, store, now, newId, log }: EvidenceParts) {
  const spool = localSpool(config.evidence);
  const lockTest = createLockTest();
  const parts = {
    ...{ store, spool, reports: new Reports(spool, recentRunsOf(store)), intakeBundle },
    ...{ targets: config.targets, now, newId },
    onError: (error: unknown) => log("error", "evidence could not be taken; it is tried again", error),
  };
  const intake = createIntake({ ...parts, pollEvery });
  const reconciler = createReconciler({ ...parts, lockTest, takeJournal: () => intake.poll() });
  return {
    services: {
      journalStatus: () => intake.status(),
      liveRuns: () => reconciler.live(),
      lockTest: () => lockTest.how(),
    } satisfies Partial<Services>,
    start(): void {
      intake.start();
      reconciler.start();
    },
    async stop(): Promise<void> {
      await reconciler.stop();
      await intake.stop();
    },
  };
}
