import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connectClient, type RpcClient } from "../../server/src/rpc/client.ts";
import { socketPath } from "../../server/src/rpc/socket.ts";
import type { Builder } from "../fixtures/dsynth/builder.ts";
import type { SampleTrees } from "../fixtures/ports/trees.ts";

const cli = fileURLToPath(new URL("../../server/src/cli/main.ts", import.meta.url));

/** Writes the configuration that a porter would write, with a model only when the environment names one. */
export async function configure(
  stateDir: string,
  trees: SampleTrees,
  { evidence, repository }: Pick<Builder, "evidence" | "repository">,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { freebsdPorts, deltaPorts, distfiles } = trees;
  const model = env.PORTWRIGHT_MODEL;
  const baseURL = env.OPENAI_BASE_URL;
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const config = {
    evidence,
    targets: { "2026Q3": "@2026Q3" },
    // What the builder has built need not be built again for every environment.
    trees: { freebsdPorts, deltaPorts, distfiles, packages: dirname(repository) },
    automation: { workers: 2 },
    ...(model && { models: { patch: { model, ...(baseURL && { baseURL }) } } }),
  };
  await writeFile(join(stateDir, "portwright.json"), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

export async function installHooks(builder: Builder, stateDir: string): Promise<void> {
  const places = ["--config-base", builder.etc, "--evidence", builder.evidence];
  await promisify(execFile)(process.execPath, [cli, "--state", stateDir, "hooks", "install", ...places]);
}

export interface DemoServer {
  client: RpcClient;
  stop(): Promise<void>;
  /** The end that no process can prepare for. */
  kill(): void;
}

/** `portwright serve` as a process of its own; ready when it says so. */
export async function startServer(stateDir: string, env: NodeJS.ProcessEnv): Promise<DemoServer> {
  const log = await open(join(stateDir, "server.log"), "a", 0o600);
  const child = fork(cli, ["--state", stateDir, "serve", "--foreground"], {
    env,
    // Ctrl-C reaches this process alone; the server is ended by it, in order.
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
  });
  const ended = once(child, "exit");
  const first = await Promise.race([once(child, "message"), ended.then(() => null)]);
  await log.close();
  if (first === null)
    throw new Error(
      `portwright serve did not start:\n${await readFile(join(stateDir, "server.log"), "utf8")}`,
    );
  const client = await connectClient(await socketPath(stateDir), { name: "demo", version: "0" });
  return {
    client,
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      client[Symbol.dispose]();
      child.kill("SIGTERM");
      await ended;
    },
  };
}
