import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { PortwrightError, protocolVersions, type ServerStatus } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";
import type { Services } from "../services.ts";

/** Newest version that both sides know; the refusal names the side to update. */
function negotiate(offered: readonly number[], serverVersion: string): number {
  const shared = protocolVersions.find((version) => offered.includes(version));
  if (shared !== undefined) return shared;
  const clientIsOlder = Math.max(...offered) < Math.max(...protocolVersions);
  throw new PortwrightError(
    "version",
    `the client speaks protocol ${offered.join(", ")} and this server (portwright ${serverVersion}) speaks ` +
      `${protocolVersions.join(", ")}: ${clientIsOlder ? "the client is too old, update it" : "the server is too old, update portwright on the builder"}`,
  );
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

type ServerMethods = "initialize" | "status" | "shutdown" | "policy/check" | "evidence/import";

export const serverHandlers: Pick<Handlers, ServerMethods> = {
  async initialize({ protocolVersions: offered }, { services }) {
    return {
      protocolVersion: negotiate(offered, services.version),
      server: { name: "portwright", version: services.version },
      capabilities: services.environments ? ["events", "environments"] : ["events"],
      seq: services.store.lastSeq(),
    };
  },

  async status(_params, { services }) {
    const { store, config, environments } = services;
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
      environment: {
        kind: environments?.kind ?? "plain",
        note: environments?.note ?? "no trees are configured, so nothing can be repaired here",
      },
      automation: config.automation.enabled,
      live: services.liveRuns(),
      builders: services.builderLinks(),
      lockTest: services.lockTest(),
    };
  },

  async shutdown(_params, { services, log, who, whenAnswered }) {
    log("info", `${who} asked for the server's end`);
    void whenAnswered.then(() => services.shutdown());
    return {};
  },

  async "policy/check"(_params, { services }) {
    return services.checkPolicy();
  },

  async "evidence/import"({ path, target }, { services, progress }) {
    return services.importEvidence(path, target, progress);
  },
};
