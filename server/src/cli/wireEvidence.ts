import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ServerConfig } from "../config/config.ts";
import { intakeBundle } from "../evidence/bundle.ts";
import { redactor } from "../evidence/emails.ts";
import { localSpool, type Spool } from "../evidence/spool.ts";
import type { Log } from "../rpc/log.ts";
import type { Services } from "../rpc/services.ts";
import type { Store } from "../store/types.ts";
import { createFarBuilder, type FarBuilder } from "../tracker/farBuilder.ts";
import { createIntake } from "../tracker/intake.ts";
import { createLockTest, type LockTest } from "../tracker/lockTest.ts";
import { createReconciler, recentRunsOf } from "../tracker/reconcile.ts";
import { Reports } from "../tracker/reports.ts";
import { farSpool } from "./farSpool.ts";

interface EvidenceParts {
  config: ServerConfig;
  stateDir: string;
  /** Where the ssh-agent is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  store: Store;
  now: () => number;
  newId: () => string;
  log: Log;
}

/** Between looks at the journal where the file system does not tell, in milliseconds. */
const pollEvery = 1000;

/** Everything that takes the evidence of builders, on this host and on others. */
export function wireEvidence(parts: EvidenceParts) {
  const lockTest = createLockTest();
  const { intake, reconciler } = takersOf(parts, localSpool(parts.config.evidence), lockTest);
  const far = parts.config.builders.map((builder) => farBuilder(parts, builder));
  return {
    /** On this host. */
    buildingHere: () => reconciler.building(),
    services: {
      journalStatus: () => intake.status(),
      liveRuns: () => [reconciler, ...far].flatMap((one) => one.live()),
      lockTest: () => lockTest.how(),
      builderLinks: () => far.map((one) => one.status()),
    } satisfies Partial<Services>,
    start(): void {
      intake.start();
      reconciler.start();
      for (const one of far) one.start();
    },
    async stop(): Promise<void> {
      await Promise.all(far.map((one) => one.stop()));
      await reconciler.stop();
      await intake.stop();
    },
  };
}

function takersOf(
  { config, store, now, newId, log }: EvidenceParts,
  spool: Spool,
  lockTest: LockTest | null,
) {
  const shared = {
    ...{ store, spool, reports: new Reports(spool, recentRunsOf(store)), intakeBundle },
    ...{
      targets: config.targets,
      buildTypes: config.buildTypes,
      builder: spool.builder,
      redact: redactor(config.redact),
      now,
      newId,
    },
    onError: (error: unknown) => log("error", "evidence could not be taken; it is tried again", error),
  };
  const intake = createIntake({ ...shared, pollEvery });
  return { intake, reconciler: createReconciler({ ...shared, lockTest, takeJournal: () => intake.poll() }) };
}

function farBuilder(parts: EvidenceParts, builder: ServerConfig["builders"][number]): FarBuilder {
  const { stateDir, env, log, now } = parts;
  const { name, ssh } = builder;
  const spool = farSpool(builder, { env, mirror: join(stateDir, "builders", name) });
  return createFarBuilder({
    ...takersOf(parts, spool, null),
    ...{ spool, address: `${ssh.user}@${ssh.host}:${ssh.port}`, now, random: Math.random },
    sleep: async (ms, signal) => {
      await pause(ms, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    onChange: (problem) =>
      problem === null
        ? log("info", `builder ${name}: connected`)
        : log("warn", `builder ${name}: ${problem}`),
  });
}
