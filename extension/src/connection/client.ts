import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type {
  CallParams,
  MethodName,
  MethodResult,
  NotificationParams,
  protocolVersions,
} from "@portwright/server/protocol";
import {
  CancellationTokenSource,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { ConnectionLostError, ServerError } from "./errors.ts";
import { deadMs, type Problem } from "./state.ts";

/** Spoken versions, checked against the contract at compile time: its values would bring the schemas' code along. */
const versions: typeof protocolVersions = [1];
/** Exit status with which a shell, here or at the other end of ssh, says that there is no such command. */
const shellNotFound = 127;

export type Call = <M extends MethodName>(
  method: M,
  params: CallParams<M>,
  signal?: AbortSignal,
) => Promise<MethodResult<M>>;

/** How the process that carries the connection ended, in words for a person. */
export interface Ending {
  reason: string;
  problem: Problem | null;
}

export interface Client {
  readonly server: MethodResult<"initialize">;
  /** Throws ServerError for a refusal, ConnectionLostError when the connection ends first. */
  readonly call: Call;
  readonly ended: Promise<Ending>;
  dispose(): void;
}

export interface ClientOptions {
  /** Program and arguments; `connect --stdio` is added. */
  command: readonly string[];
  /** State folder of the server; "" leaves the choice to the command. */
  stateDir: string;
  version: string;
  /** What the command says on its stderr, line by line. */
  log: (line: string) => void;
  onEvents: (params: NotificationParams<"events/batch">) => void;
}

/** A start that failed; `ending` says why. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly ending: Ending;
  constructor(ending: Ending, cause: unknown) {
    super(ending.reason, { cause });
    this.ending = ending;
  }
}

/** Starts the command, speaks JSON-RPC over its stdin and stdout and introduces this client. Throws ConnectError. */
export async function openClient(options: ClientOptions): Promise<Client> {
  const [program = "", ...first] = options.command;
  const state = options.stateDir ? ["--state", options.stateDir] : [];
  const child = spawn(program, [...first, ...state, "connect", "--stdio"], { stdio: "pipe" });
  let said = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    said = line.replace(/^portwright: /, "");
    options.log(line);
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === "ENOENT"
          ? { reason: `there is no command ${program}`, problem: "commandNotFound" }
          : { reason: error.message, problem: null },
      ),
    );
    child.once("close", (code) =>
      resolve({
        reason: said || `${program} ended with status ${code}`,
        problem: code === shellNotFound ? "commandNotFound" : null,
      }),
    );
  });
  // Writing to a process that has ended fails; `ended` tells of that end.
  child.stdin.on("error", () => {});

  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  // A fault of the framing cannot be mended by reading on.
  connection.onError(() => child.kill());
  connection.onNotification("events/batch", options.onEvents);
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
      child.kill();
      throw new ConnectionLostError((await ended).reason, { cause: error });
    } finally {
      signal?.removeEventListener("abort", cancel);
      source.dispose();
    }
  };
  const dispose = (): void => {
    connection.dispose();
    child.kill();
  };
  const tooLong = setTimeout(dispose, deadMs);
  try {
    const client = { name: "portwright-vscode", version: options.version };
    const server = await call("initialize", { protocolVersions: [...versions], client });
    return { server, call, ended, dispose };
  } catch (error) {
    dispose();
    if (!(error instanceof ServerError)) throw new ConnectError(await ended, error);
    const problem = error.kind === "version" ? "versionMismatch" : null;
    throw new ConnectError({ reason: error.message, problem }, error);
  } finally {
    clearTimeout(tooLong);
  }
}

/** The server's own refusal; null for what vscode-jsonrpc makes up when the connection fails. */
function refusalOf(error: unknown): ServerError | null {
  const data: unknown = error instanceof ResponseError ? error.data : null;
  if (typeof data !== "object" || data === null || !("kind" in data)) return null;
  return new ServerError(data.kind as ServerError["kind"], (error as Error).message, error);
}
