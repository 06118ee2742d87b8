import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import type { BuilderDefinition } from "../../builders/definition.ts";
import { ConnectError, type Ending } from "../channel.ts";
import type { Exit, Host, Program } from "../host.ts";
import { type Hop, openHop } from "./hop.ts";
import { messageOf } from "./hostKeys.ts";
import type { SshParts } from "./person.ts";
import { remoteCommand } from "./quote.ts";
import { loadSsh2 } from "./ssh2.ts";
import { findTargets } from "./target.ts";

/** The last of a row of hops; closing it closes all. */
interface Route extends Hop {
  close(): void;
}

/** A far host over the SSH that comes with the extension: one connection, of which each program is a channel. */
export class SshHost implements Host {
  readonly #definition: BuilderDefinition;
  readonly #parts: SshParts;
  #route: Promise<Route> | null = null;
  #opening = new AbortController();
  #programs = 0;

  constructor(definition: BuilderDefinition, parts: SshParts) {
    this.#definition = definition;
    this.#parts = parts;
  }

  async start(words: readonly string[], log: (line: string) => void, signal: AbortSignal): Promise<Program> {
    const command = remoteCommand(words);
    this.#programs += 1;
    const giveUp = (): void => this.#leave();
    try {
      const { client, ended } = await abortable(this.#connect(log), signal);
      const program = await abortable(
        new Promise<Program>((resolve, reject) =>
          // A short program's end may come with the answer itself, so it is listened for at once.
          client.exec(command, (error, opened) =>
            error ? reject(error) : resolve(programOf(opened, ended)),
          ),
        ),
        signal,
        (late) => late.close(),
      );
      void program.ended.then(giveUp);
      return program;
    } catch (error) {
      giveUp();
      if (error instanceof ConnectError) throw error;
      throw new ConnectError({ reason: messageOf(error), problem: null }, error);
    }
  }

  dispose(): void {
    this.#opening.abort();
    void this.#route?.then(
      (route) => route.close(),
      () => {},
    );
    this.#route = null;
  }

  /** The connection that stands, or another one. */
  #connect(log: (line: string) => void): Promise<Route> {
    if (this.#route) return this.#route;
    this.#opening = new AbortController();
    const route = openRoute(this.#definition, this.#parts, log, this.#opening.signal);
    this.#route = route;
    const forget = (): void => {
      if (this.#route === route) this.#route = null;
    };
    route.then(({ ended }) => ended.then(forget), forget);
    return route;
  }

  /** Nobody logs in to do nothing: with its last program the connection ends. */
  #leave(): void {
    this.#programs -= 1;
    if (this.#programs === 0) this.dispose();
  }
}

async function openRoute(
  definition: BuilderDefinition,
  parts: SshParts,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<Route> {
  const targets = await findTargets(definition, parts);
  const ssh2 = await loadSsh2();
  const hops: Hop[] = [];
  const close = (): void => {
    for (const { client } of hops.toReversed()) client.end();
  };
  try {
    for (const target of targets) {
      const before = hops.at(-1);
      const through = before ? await forward(before, target) : undefined;
      hops.push(await openHop(target, { ssh2, parts, through, log, signal }));
    }
  } catch (error) {
    close();
    throw error;
  }
  const [last] = hops.slice(-1);
  if (!last) throw new Error("there is no host");
  void last.ended.then(close);
  return { ...last, close };
}

function forward({ client }: Hop, { host, port }: { host: string; port: number }): Promise<Duplex> {
  return new Promise((resolve, reject) =>
    client.forwardOut("127.0.0.1", 0, host, port, (error, stream) =>
      error
        ? reject(
            new ConnectError({
              reason: `${host}:${port} cannot be reached: ${error.message}`,
              problem: null,
            }),
          )
        : resolve(stream),
    ),
  );
}

function programOf(channel: ClientChannel, lost: Promise<Ending>): Program {
  const ended = new Promise<Exit>((resolve) => {
    let status: number | null = null;
    let exited = false;
    channel.on("exit", (code: number | null) => {
      [status, exited] = [code, true];
    });
    channel.on("close", () => {
      if (exited) resolve({ status, ending: null });
      // A channel that closes without a status went with its connection, which tells why a moment later.
      else void lost.then((ending) => resolve({ status, ending }));
    });
    void lost.then((ending) => resolve({ status, ending }));
  });
  channel.on("error", () => {});
  return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, close: () => channel.close() };
}

/** Rejects once `signal` closes; `drop` takes what comes all the same. */
function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  drop: (late: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new ConnectError({ reason: "it was given up", problem: null }));
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    const settle = (value: T): void => (signal.aborted ? drop(value) : resolve(value));
    promise.then(settle, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
