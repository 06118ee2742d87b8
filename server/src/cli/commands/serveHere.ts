import { userInfo } from "node:os";
import { resolve } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { createLog } from "../../rpc/log.ts";
import { listen } from "../../rpc/server.ts";
import { makeFolder } from "../../store/folders.ts";
import { logFileWriter } from "../logFile.ts";
import type { Terminal } from "../terminal.ts";
import { version } from "../version.ts";
import { wire } from "../wire.ts";
import type { ServeOptions } from "./serve.ts";

/** Is the server, until a signal or a client ends it. */
export async function serveHere(terminal: Terminal, options: ServeOptions): Promise<void> {
  const { stateDir, env } = terminal;
  // Everything a server writes is for its own user.
  process.umask(0o077);
  makeFolder(stateDir);
  const config = await loadConfig(stateDir, options.config);
  const logFile = options.log ? resolve(options.log) : null;
  const write = logFile ? logFileWriter(logFile) : (line: string) => terminal.err(line);
  const log = createLog(write, Date.now);
  const asked = new AbortController();
  const onShutdown = () => asked.abort();
  const wired = await wire({ stateDir, config, version, log, logFile, env, onShutdown });
  try {
    const rpc = await listen({ services: wired.services, log, who: userInfo().username, env });
    try {
      wired.start();
      log("info", `portwright ${version} serves ${stateDir} on ${rpc.path} as process ${process.pid}`);
      tellStarter();
      await new Promise<void>((end) => {
        for (const signal of [asked.signal, terminal.signal]) signal.addEventListener("abort", () => end());
        if (asked.signal.aborted || terminal.signal.aborted) end();
      });
      log("info", "ending");
    } finally {
      await rpc.close();
    }
  } finally {
    await wired.stop();
  }
}

/** A process that started this one in the background waits for this word and then lets go of it. */
function tellStarter(): void {
  if (!process.send) return;
  process.send("ready", () => {
    // It may have let go first, as one that waited for long enough.
    if (process.connected) process.disconnect?.();
  });
}
