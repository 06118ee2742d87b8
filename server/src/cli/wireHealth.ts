import { redactor } from "../evidence/emails.ts";
import type { Services } from "../rpc/services.ts";
import { tailOf } from "./hookFiles.ts";
import { checkInstalledHooks, isThere } from "./hookHealth.ts";
import type { WireOptions } from "./wireOptions.ts";

const logLines = 200;
/** Shorter values are no keys, and would be found in ordinary words. */
const shortestKey = 6;

type HealthServices = Pick<Services, "checkHooks" | "hasKey" | "redact" | "logTail">;

/** What a look at the server's health needs of the host and of the command line. */
export function wireHealth({ config, env, logFile }: WireOptions): HealthServices {
  const redact = redactor(config.redact);
  const keys = Object.values(config.models).flatMap((model) => {
    const key = model && env[model.keyVariable];
    return key && key.length >= shortestKey ? [key] : [];
  });
  return {
    checkHooks: () => checkInstalledHooks(config),
    hasKey: (variable) => (env[variable] ?? "") !== "",
    redact: (text) => redact(keys.reduce((rest, key) => rest.replaceAll(key, "[redacted]"), text)),
    async logTail() {
      if (logFile === null || !(await isThere(logFile))) return "";
      return (await tailOf(logFile)).trimEnd().split("\n").slice(-logLines).join("\n");
    },
  };
}
