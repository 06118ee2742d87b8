import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket, connect as socketTo } from "node:net";
import { PortwrightError } from "../protocol/index.ts";
import { serveConnection } from "./endpoint.ts";
import type { Log } from "./log.ts";
import type { Services } from "./services.ts";
import { claimSocketPath } from "./socket.ts";
import { createTurns } from "./turns.ts";

const maxConnections = 256;
/** What a connection gets to take its last answers when the server ends. */
const farewellMs = 500;

interface ListenOptions {
  services: Services;
  log: Log;
  /** Person recorded with jobs: the owner of the socket, since nobody else can open it. */
  who: string;
  env: NodeJS.ProcessEnv;
}

export interface RpcServer {
  readonly path: string;
  /** Takes no more connections, ends those there are, removes the socket. */
  close(): Promise<void>;
}

async function isAlive(path: string): Promise<boolean> {
  const probe = socketTo(path);
  try {
    await once(probe, "connect");
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ECONNREFUSED" || code === "ENOENT") return false;
    throw error;
  } finally {
    probe.destroy();
  }
}

async function bind(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
}

/**
 * Listens on the state's Unix socket (0600, in a folder that nobody else may enter). The socket of a dead
 * server is replaced; throws PortwrightError badState when a live one answers there.
 */
export async function listen({ services, log, who, env }: ListenOptions): Promise<RpcServer> {
  const path = await claimSocketPath(services.stateDir, env);
  const sockets = new Set<Socket>();
  const turn = createTurns();
  const server = createServer((stream) => {
    sockets.add(stream);
    stream.once("close", () => sockets.delete(stream));
    serveConnection({ stream, services, log, who, turn });
  });
  server.maxConnections = maxConnections;
  server.on("drop", () => log("warn", `a connection was refused: ${maxConnections} are open`));
  try {
    await bind(server, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    if (await isAlive(path))
      throw new PortwrightError("badState", `a server of this state is running already, on ${path}`, error);
    await rm(path, { force: true });
    await bind(server, path);
  }
  server.on("error", (error) => log("error", "the socket failed", error));

  return {
    path,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.end();
      const farewell = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, farewellMs);
      await closed;
      clearTimeout(farewell);
    },
  };
}
