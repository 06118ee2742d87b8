import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { ServerStatus } from "../protocol/index.ts";
import type { Services } from "./services.ts";
import { idleStatus, workerStatus } from "./workers.ts";

/** What the server holds and does. */
export async function serverStatus(services: Services): Promise<ServerStatus> {
  const { store, config, environments } = services;
  const problem = environments?.unready() ?? null;
  return {
    version: services.version,
    state: services.stateDir,
    evidence: config.evidence,
    seq: store.lastSeq(),
    journal: await journalOf(services),
    cases: store.caseCounts(),
    jobs: store.jobCounts(),
    runs: store.activeRuns().length,
    models: {
      triage: config.models.triage?.model ?? null,
      patch: config.models.patch?.model ?? null,
    },
    endpoints: services.modelHealth(),
    workers: workerStatus(services),
    idle: idleStatus(services),
    environment: {
      kind: environments?.kind ?? "plain",
      ...(environments?.farKind && { farKind: environments.farKind }),
      note: environments?.note ?? "no trees are configured, so nothing can be repaired here",
      ...(problem !== null && { problem }),
    },
    automation: config.automation.enabled,
    live: services.liveRuns(),
    builders: services.builderLinks(),
    lockTest: services.lockTest(),
  };
}

/** A journal that is absent or may not be read is told, and hides nothing else of the server. */
async function journalOf({ config, journalStatus }: Services): Promise<ServerStatus["journal"]> {
  try {
    await access(join(config.evidence, "journal"), constants.R_OK | constants.X_OK);
    return journalStatus();
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
    const problem = isAbsent
      ? "nothing is there yet: the first run with the hooks installed makes it"
      : `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { offset: 0, bytes: 0, damaged: 0, problem };
  }
}
