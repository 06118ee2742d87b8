import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, statfs } from "node:fs/promises";
import { connect as socketTo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { socketPath } from "../rpc/socket.ts";
import { makeFolder } from "../store/folders.ts";
import { CliError, exitCodes } from "./failure.ts";

/** A builder in the middle of a bulk run starts nothing fast. */
const readyMs = 90_000;
const rivalMs = 3000;
const pollMs = 50;
/** What is quoted of the words of a server that did not start, in characters. */
const maxQuoted = 4000;

function logFileOf(stateDir: string): string {
  return join(stateDir, "server.log");
}

/** Whether a server of this state takes connections. */
export async function isServing(stateDir: string): Promise<boolean> {
  const socket = socketTo(await socketPath(stateDir));
  try {
    await once(socket, "connect");
    return true;
  } catch {
    // Absent, refused or not permitted: nobody whom this process could talk to.
    return false;
  } finally {
    socket.destroy();
  }
}

interface DaemonOptions {
  stateDir: string;
  configFile?: string | undefined;
  signal: AbortSignal;
}

/**
 * Starts `serve --foreground` as a session of its own, its output in the state's server.log, and returns when
 * it tells (over Node's channel to its parent) that it takes connections. With `rivalWelcome` a server that
 * another process started meanwhile will do; `pid` is 0 then. Throws CliError with what the server said when it does not come up.
 */
export async function startDaemon(
  { stateDir, configFile, signal }: DaemonOptions,
  { rivalWelcome }: { rivalWelcome: boolean },
): Promise<{ pid: number; logFile: string }> {
  makeFolder(stateDir, 0o700);
  const logFile = logFileOf(stateDir);
  const log = await open(logFile, "a", 0o600);
  const logStart = (await log.stat()).size;
  const script = process.argv[1] ?? "";
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      script,
      "serve",
      "--foreground",
      "--log",
      logFile,
      "--state",
      stateDir,
      ...(configFile ? ["--config", configFile] : []),
    ],
    { detached: true, stdio: ["ignore", log.fd, log.fd, "ipc"], cwd: "/" },
  );
  const said = async (): Promise<string> => {
    const added = (await readFile(logFile)).subarray(logStart).toString();
    // Its last words; around them stand ordinary entries, perhaps those of the server that holds the state.
    const words = added.slice(Math.max(0, added.lastIndexOf("\nportwright: "))).trim();
    const [own = ""] = words.split(/\n(?=\d{4}-\d\d-\d\dT\S+ \w+ )/);
    return own.replace(/^portwright: /, "").slice(0, maxQuoted);
  };
  await log.close();
  let ready = false;
  let ended = false;
  const changed = new Promise<void>((resolve) => {
    child.once("message", () => {
      ready = true;
      resolve();
    });
    child.once("error", () => resolve());
    child.once("exit", () => {
      ended = true;
      resolve();
    });
  });
  const timeout = AbortSignal.timeout(readyMs);
  try {
    await Promise.race([changed, once(timeout, "abort"), once(signal, "abort")]);
    if (ready && child.pid) return { pid: child.pid, logFile };
    if (ended && rivalWelcome && (await rivalServes(stateDir))) return { pid: 0, logFile };
    signal.throwIfAborted();
    if (!ended) child.kill();
    throw new CliError(
      exitCodes.failure,
      timeout.aborted
        ? `the server was not ready after ${readyMs / 1000} s; its log is ${logFile}`
        : `the server did not start: ${(await said()) || (await speechless(stateDir))}`,
    );
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** On a full disk not even the reason can be written down. */
async function speechless(stateDir: string): Promise<string> {
  const { bavail } = await statfs(stateDir);
  return bavail === 0 ? `no room is left in ${stateDir}` : `it ended without a word (${logFileOf(stateDir)})`;
}

/** Of two processes that start a server at once one loses; the winner may be a moment away from listening. */
async function rivalServes(stateDir: string): Promise<boolean> {
  for (let waited = 0; waited < rivalMs; waited += pollMs) {
    if (await isServing(stateDir)) return true;
    await sleep(pollMs);
  }
  return false;
}
