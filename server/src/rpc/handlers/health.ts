import type { Handlers } from "../context.ts";
import { diagnosticsText } from "../diagnostics.ts";
import { checkAll } from "../doctor.ts";
import { serverStatus } from "../status.ts";

export const healthHandlers: Pick<Handlers, "doctor" | "diagnostics/collect"> = {
  async doctor(_params, { services, signal }) {
    return { checks: await checkAll(services, signal) };
  },

  async "diagnostics/collect"(_params, { services, signal }) {
    const [checks, status, environments] = await Promise.all([
      checkAll(services, signal),
      serverStatus(services),
      services.environments?.list() ?? [],
    ]);
    return { text: await diagnosticsText(services, { checks, status, environments }) };
  },
};
