import type {
  CallParams,
  ClientMethodParams,
  ClientMethodResult,
  ClientNotificationName,
  ClientNotificationParams,
  MethodName,
  MethodResult,
  ModelPiece,
  NotificationName,
  NotificationParams,
  protocolVersions,
} from "@portwright/server/protocol";
import {
  type CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { ConnectError, type Ending, type OpenChannel } from "./channel.ts";
import { ConnectionLostError, ServerError } from "./errors.ts";
import { deadMs, type Problem } from "./state.ts";

/** Spoken versions, checked against the contract at compile time: its values would bring the schemas' code along. */
const versions: typeof protocolVersions = [1];

export type Call = <M extends MethodName>(
  method: M,
  params: CallParams<M>,
  signal?: AbortSignal,
) => Promise<MethodResult<M>>;

export interface Client {
  readonly server: MethodResult<"initialize">;
  /** Throws ServerError for a refusal, ConnectionLostError when the connection ends first. */
  readonly call: Call;
  /** Tells the server something that it does not answer; nothing once the connection has ended. */
  readonly notify: <N extends ClientNotificationName>(name: N, params: ClientNotificationParams<N>) => void;
  readonly ended: Promise<Ending>;
  dispose(): void;
}

/** Answers a question of the server, in pieces; `signal` closes when nobody waits for it any more. */
export type AnswerAsk = (
  question: ClientMethodParams<"model/ask">,
  say: (piece: Omit<ModelPiece, "ask">) => Promise<void>,
  signal: AbortSignal,
) => Promise<ClientMethodResult<"model/ask">>;

export type NotificationListener = <N extends NotificationName>(
  name: N,
  params: NotificationParams<N>,
) => void;

export interface ClientOptions {
  open: OpenChannel;
  version: string;
  /** What the other end says beside the protocol, line by line. */
  log: (line: string) => void;
  onNotification: NotificationListener;
  onAsk: AnswerAsk;
  /** Gives the start up. */
  signal: AbortSignal;
}

/** Opens the channel, speaks JSON-RPC over it and introduces this client. Throws ConnectError. */
export async function openClient(options: ClientOptions): Promise<Client> {
  const channel = await options.open(options.log, options.signal);
  const { ended } = channel;
  const connection = createMessageConnection(
    new StreamMessageReader(channel.input),
    new StreamMessageWriter(channel.output),
  );
  // A fault of the framing cannot be mended by reading on.
  connection.onError(() => channel.close());
  connection.onNotification((method, params) =>
    options.onNotification(method as NotificationName, params as never),
  );
  connection.onRequest("model/ask", (question: ClientMethodParams<"model/ask">, token: CancellationToken) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    void ended.then(() => stop.abort());
    const say = (piece: Omit<ModelPiece, "ask">): Promise<void> =>
      connection.sendNotification("model/piece", { ask: question.ask, ...piece });
    return options.onAsk(question, say, stop.signal);
  });
  connection.listen();

  // Ends the requests that still wait.
  void ended.then(() => connection.dispose());

  const call: Call = async (method, params, signal) => {
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      return await connection.sendRequest<never>(method, params, source.token);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) throw refusal;
      channel.close();
      throw new ConnectionLostError((await ended).reason, { cause: error });
    } finally {
      signal?.removeEventListener("abort", cancel);
      source.dispose();
    }
  };
  const dispose = (): void => {
    connection.dispose();
    channel.close();
  };
  const notify: Client["notify"] = (name, params) => {
    // Of a connection that ends under it, `ended` tells.
    connection.sendNotification(name, params).catch((error: unknown) => options.log(`${name}: ${error}`));
  };
  const tooLong = setTimeout(dispose, deadMs);
  options.signal.addEventListener("abort", dispose, { once: true });
  if (options.signal.aborted) dispose();
  try {
    const client = { name: "portwright-vscode", version: options.version };
    const server = await call("initialize", { protocolVersions: [...versions], client });
    return { server, call, notify, ended, dispose };
  } catch (error) {
    dispose();
    if (!(error instanceof ServerError)) throw new ConnectError(await ended, error);
    throw new ConnectError({ reason: error.message, problem: problemOf(error) }, error);
  } finally {
    clearTimeout(tooLong);
    options.signal.removeEventListener("abort", dispose);
  }
}

/** The server names the side to update. */
function problemOf({ kind, message }: ServerError): Problem | null {
  if (kind !== "version") return null;
  return message.includes("the client is too old") ? "serverTooNew" : "serverTooOld";
}

/** The server's own refusal; null for what vscode-jsonrpc makes up when the connection fails. */
function refusalOf(error: unknown): ServerError | null {
  const data: unknown = error instanceof ResponseError ? error.data : null;
  if (typeof data !== "object" || data === null || !("kind" in data)) return null;
  return new ServerError(data.kind as ServerError["kind"], (error as Error).message, error);
}
