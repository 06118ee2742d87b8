import type { ModelKeys } from "../agent/model/configured.ts";
import { redactor } from "../evidence/emails.ts";
import type { Services } from "../rpc/services.ts";
import { tailOf } from "./hookFiles.ts";
import { checkInstalledHooks, isThere } from "./hookHealth.ts";
import type { WireOptions } from "./wireOptions.ts";

const logLines = 200;
/** Shorter values are no keys, and would be found in ordinary words. */
const shortestKey = 6;

type HealthServices = Pick<Services, "checkHooks" | "redact" | "logTail">;

/** What a look at the server's health needs of the host and of the command line. */
export function wireHealth({ config, keys, logFile }: WireOptions & { keys: ModelKeys }): HealthServices {
  const redact = redactor(config.redact);
  const secrets = () => keys.all().filter((key) => key.length >= shortestKey);
  return {
    checkHooks: () => checkInstalledHooks(config),
    redact: (text) => redact(secrets().reduce((rest, key) => rest.replaceAll(key, "[redacted]"), text)),
    async logTail() {
      if (logFile === null || !(await isThere(logFile))) return "";
      return (await tailOf(logFile)).trimEnd().split("\n").slice(-logLines).join("\n");
    },
  };
}
