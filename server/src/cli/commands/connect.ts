import { once } from "node:events";
import { connect as socketTo } from "node:net";
import { pipeline } from "node:stream/promises";
import { socketPath } from "../../rpc/socket.ts";
import { isServing, startDaemon } from "../daemon.ts";
import { CliError, exitCodes } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

/** Joins stdin and stdout to the server's socket, byte for byte; starts the server when none answers. */
export async function connect(
  terminal: Terminal,
  { stdio, config }: { stdio?: boolean; config?: string },
): Promise<void> {
  if (!stdio)
    throw new CliError(exitCodes.usage, "connect speaks over its own stdin and stdout: add --stdio");
  const { stateDir, signal } = terminal;
  if (!(await isServing(stateDir))) {
    terminal.err(`portwright: no server runs on ${stateDir}, starting one\n`);
    const { pid, logFile } = await startDaemon(
      { stateDir, configFile: config, signal },
      { rivalWelcome: true },
    );
    terminal.err(
      `portwright: server ${pid ? `started as process ${pid}` : "started meanwhile"}, its log is ${logFile}\n`,
    );
  }
  const socket = socketTo({ path: await socketPath(stateDir), allowHalfOpen: true });
  await once(socket, "connect");
  let stdinEnded = false;
  const sending = pipeline(process.stdin, socket, { signal }).then(() => {
    stdinEnded = true;
  });
  const receiving = pipeline(socket, process.stdout, { end: false, signal });
  try {
    await Promise.race([receiving, sending.then(() => receiving)]);
  } catch (cause) {
    if (!stdinEnded) throw new CliError(exitCodes.unreachable, "the connection to the server broke", cause);
  } finally {
    process.stdin.destroy();
    socket.destroy();
  }
  if (!stdinEnded) throw new CliError(exitCodes.unreachable, "the server ended the connection");
}
