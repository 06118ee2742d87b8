import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { OpenChannel } from "../../../../extension/src/connection/channel.ts";
import { channelTo, localHost } from "../../../../extension/src/connection/host.ts";
import type { CallParams, MethodName, MethodResult } from "../../../../server/src/protocol/index.ts";
import { connectClient } from "../../../../server/src/rpc/client.ts";
import { socketPath } from "../../../../server/src/rpc/socket.ts";
import { signalProcess } from "../../../fixtures/signal.ts";

const main = fileURLToPath(new URL("../../../../server/src/cli/main.ts", import.meta.url));
/** What a builder's `command` is when the sources run directly. */
export const command = [process.execPath, main];

export interface RealServer extends AsyncDisposable {
  folder: string;
  stateDir: string;
  /** The way to it that a builder of type `local` has. */
  open: OpenChannel;
  kill(): Promise<void>;
  /** One call on a connection of its own. */
  call<M extends MethodName>(method: M, params: CallParams<M>): Promise<MethodResult<M>>;
}

/** `portwright serve` on a state of its own. */
export async function startServer(): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), "portwright-editor-"));
  const stateDir = join(folder, "state");
  await mkdir(stateDir, { mode: 0o700 });
  const config = { evidence: join(folder, "evidence"), automation: { enabled: false } };
  await writeFile(join(stateDir, "portwright.json"), JSON.stringify(config));
  const end = async (): Promise<void> => {
    await killServer(stateDir);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await promisify(execFile)(process.execPath, [main, "--state", stateDir, "serve"]);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    folder,
    stateDir,
    open: localChannel(stateDir),
    kill: () => killServer(stateDir),
    async call(method, params) {
      using client = await connectClient(await socketPath(stateDir), { name: "test", version: "0" });
      return await client.call(method, params);
    },
    [Symbol.asyncDispose]: end,
  };
}

export function localChannel(stateDir: string, program: readonly string[] = command): OpenChannel {
  return channelTo(localHost, [...program, "--state", stateDir, "connect", "--stdio"]);
}

/** Ends whichever process serves this state at once, as a crash would; nothing when none does. */
export async function killServer(stateDir: string): Promise<void> {
  const pid = Number(await readFile(join(stateDir, "lock.pid"), "utf8").catch(() => "0"));
  while (pid > 0 && signalProcess(pid, "SIGKILL")) await sleep(20);
}
