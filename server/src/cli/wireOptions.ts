import type { ServerConfig } from "../config/config.ts";
import type { Log } from "../rpc/log.ts";

export interface WireOptions {
  stateDir: string;
  config: ServerConfig;
  version: string;
  log: Log;
  /** Where model keys are looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** File that the log goes to; null when it goes elsewhere. */
  logFile: string | null;
  /** A client asked the server to end. */
  onShutdown: () => void;
}
