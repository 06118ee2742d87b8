import type { CallParams, MethodName, MethodResult } from "../protocol/index.ts";
import { connectClient, type RpcClient } from "../rpc/client.ts";
import { UnreachableError } from "../rpc/clientErrors.ts";
import { socketPath } from "../rpc/socket.ts";
import { CliError, exitCodes } from "./failure.ts";
import { oneLine } from "./output.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Connects to this state's server and ends the connection after `act`, or when the person interrupts. */
export async function withServer<T>(terminal: Terminal, act: (client: RpcClient) => Promise<T>): Promise<T> {
  let client: RpcClient;
  try {
    client = await connectClient(await socketPath(terminal.stateDir), { name: "portwright-cli", version });
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new CliError(
      exitCodes.unreachable,
      `no server runs on ${terminal.stateDir}: start it with \`portwright serve --state ${terminal.stateDir}\`, ` +
        "or name another state with --state",
      error,
    );
  }
  try {
    client.on("progress", ({ text }) => terminal.progress(oneLine(text)));
    return await act(client);
  } finally {
    client[Symbol.dispose]();
  }
}

/** One call; its result as JSON with --json, else as `show` words it. */
export async function callAndShow<M extends MethodName>(
  terminal: Terminal,
  method: M,
  params: CallParams<M>,
  show: (result: MethodResult<M>) => string,
): Promise<void> {
  const result = await withServer(terminal, (client) => client.call(method, params, terminal.signal));
  terminal.out(terminal.json ? asJson(result) : show(result));
}

export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
