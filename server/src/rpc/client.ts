import { once } from "node:events";
import { connect as socketTo } from "node:net";
import {
  CancellationTokenSource,
  ConnectionError,
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import {
  type CallParams,
  type MethodName,
  type MethodResult,
  type NotificationName,
  type NotificationParams,
  protocolVersions,
} from "../protocol/index.ts";
import { RpcError, UnreachableError } from "./clientErrors.ts";
import type { ErrorData } from "./failure.ts";
import { BoundedMessageReader } from "./framing.ts";

export interface RpcClient extends Disposable {
  readonly server: MethodResult<"initialize">;
  /** Throws RpcError for the server's refusal, UnreachableError when the connection ends first. */
  call<M extends MethodName>(
    method: M,
    params: CallParams<M>,
    signal?: AbortSignal,
  ): Promise<MethodResult<M>>;
  on<N extends NotificationName>(name: N, listener: (params: NotificationParams<N>) => void): void;
  /** Settles when the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
}

/** Answers that vscode-jsonrpc itself makes up when the connection fails under a request. */
const lostCodes = new Set<number>([ErrorCodes.MessageWriteError, ErrorCodes.PendingResponseRejected]);

function toClientError(error: unknown): unknown {
  if (error instanceof ConnectionError || (error instanceof ResponseError && lostCodes.has(error.code)))
    return new UnreachableError("the connection to the server ended", { cause: error });
  if (!(error instanceof ResponseError)) return error;
  const data: unknown = error.data;
  const kind =
    typeof data === "object" && data !== null && "kind" in data
      ? (data.kind as ErrorData["kind"])
      : "internal";
  return new RpcError(kind, error.message, error);
}

/** Connects to the server that listens on `path` and introduces this client. */
export async function connectClient(
  path: string,
  client: { name: string; version: string },
): Promise<RpcClient> {
  const stream = socketTo(path);
  try {
    await once(stream, "connect");
  } catch (cause) {
    throw new UnreachableError(`no server answers on ${path}`, { cause });
  }
  const ended = new Promise<void>((resolve) => stream.once("close", () => resolve()));
  // The reader tells of the error; the close that follows is what ends the requests.
  stream.on("error", () => {});
  const connection = createMessageConnection(
    new BoundedMessageReader(stream),
    new StreamMessageWriter(stream),
  );
  connection.listen();

  const call: RpcClient["call"] = async (method, params, signal) => {
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    const lost = ended.then(() => {
      throw new UnreachableError("the server ended the connection");
    });
    try {
      return await Promise.race([connection.sendRequest<never>(method, params, source.token), lost]);
    } catch (error) {
      throw toClientError(error);
    } finally {
      signal?.removeEventListener("abort", cancel);
      source.dispose();
    }
  };
  const dispose = (): void => {
    connection.dispose();
    stream.destroy();
  };
  try {
    const server = await call("initialize", { protocolVersions: [...protocolVersions], client });
    return {
      server,
      call,
      on: (name, listener) => void connection.onNotification(name, listener),
      ended,
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
