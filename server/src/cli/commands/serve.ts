import { resolve } from "node:path";
import { startDaemon } from "../daemon.ts";
import { facts } from "../output.ts";
import { asJson } from "../session.ts";
import type { Terminal } from "../terminal.ts";

export interface ServeOptions {
  config?: string;
  foreground?: boolean;
  log?: string;
}

export async function serve(terminal: Terminal, options: ServeOptions): Promise<void> {
  if (options.foreground) {
    const { serveHere } = await import("./serveHere.ts");
    await serveHere(terminal, options);
    return;
  }
  const { stateDir, signal } = terminal;
  const configFile = options.config && resolve(options.config);
  const { pid, logFile } = await startDaemon({ stateDir, configFile, signal }, { rivalWelcome: false });
  const started = { state: stateDir, pid, log: logFile };
  terminal.out(terminal.json ? asJson(started) : facts(started));
}
