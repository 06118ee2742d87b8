import { PortwrightError, protocolVersions } from "../../protocol/index.ts";
import { capabilitiesOf } from "../capabilities.ts";
import type { Handlers } from "../context.ts";
import { serverStatus } from "../status.ts";

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

type ServerMethods =
  | ("initialize" | "status" | "shutdown" | "state/prune")
  | ("policy/check" | "evidence/import");

export const serverHandlers: Pick<Handlers, ServerMethods> = {
  async initialize({ protocolVersions: offered }, { services }) {
    return {
      protocolVersion: negotiate(offered, services.version),
      server: { name: "portwright", version: services.version },
      capabilities: capabilitiesOf(services),
      seq: services.store.lastSeq(),
    };
  },

  async status(_params, { services }) {
    return serverStatus(services);
  },

  async shutdown(_params, { services, log, who, whenAnswered }) {
    log("info", `${who} asked for the server's end`);
    void whenAnswered.then(() => services.shutdown());
    return {};
  },

  async "state/prune"({ dryRun }, { services, log, who, signal, progress }) {
    const report = await services.prune({ dryRun, asked: true, signal, onProgress: progress });
    if (!dryRun) log("info", `${who} pruned the state: ${JSON.stringify(report)}`);
    return report;
  },

  async "policy/check"(_params, { services }) {
    return services.checkPolicy();
  },

  async "evidence/import"({ path, target }, { services, progress }) {
    return services.importEvidence(path, target, progress);
  },
};
