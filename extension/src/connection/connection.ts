import type { NotificationName, NotificationParams, StoredEvent } from "@portwright/server/protocol";
import { Emitter } from "../emitter.ts";
import { ConnectError, type OpenChannel } from "./channel.ts";
import { type AnswerAsk, type Call, type Client, type NotificationListener, openClient } from "./client.ts";
import { ConnectionLostError } from "./errors.ts";
import { canReplay, subscribe } from "./following.ts";
import {
  type ConnectionAction,
  type ConnectionState,
  deadMs,
  healthyMs,
  pingMs,
  reduceConnection,
  retryDelayMs,
} from "./state.ts";

interface ConnectionOptions {
  open: OpenChannel;
  version: string;
  /** Reads the whole state; called where nothing is known yet, or too much was missed. */
  loadSnapshot: (call: Call) => Promise<void>;
  log: (line: string) => void;
  random: () => number;
}

/** Keeps one connection to a server: opens, resumes where it broke off, pings, and tries again. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #states = new Emitter<ConnectionState>();
  readonly #events = new Emitter<readonly StoredEvent[]>();
  readonly #notifications = new Emitter<{ name: NotificationName; params: unknown }>();
  #state: ConnectionState = { name: "idle" };
  #client: Client | null = null;
  #lastSeq: number | null = null;
  /** Grows with each try, so that what a former one still has to say is not heard. */
  #epoch = 0;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Gives a start up that is under way. */
  #starting = new AbortController();

  readonly onState = this.#states.on;
  readonly onEvents = this.#events.on;
  /** Answers the server's questions, over all connections to come. */
  onAsk: AnswerAsk = async () => ({
    failure: { reason: "no-access", message: "this editor lends no models" },
  });

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the connected server can do; nothing while there is none. */
  get capabilities(): readonly string[] {
    return this.#state.name === "connected" ? (this.#client?.server.capabilities ?? []) : [];
  }

  /** Hears of one kind of notification, over all connections to come. */
  onNotification<N extends NotificationName>(
    name: N,
    listener: (params: NotificationParams<N>) => void,
  ): { dispose(): void } {
    return this.#notifications.on((told) => {
      if (told.name === name) listener(told.params as NotificationParams<N>);
    });
  }

  /** Lost without a word when there is no connection: the state tells. */
  readonly notify: Client["notify"] = (name, params) => this.#client?.notify(name, params);

  connect(): void {
    this.#dispatch({ type: "connect" });
  }

  /** Ends the connection and forgets what was known; the next one may be to another server. */
  disconnect(): void {
    this.#lastSeq = null;
    this.#dispatch({ type: "disconnect" });
  }

  /** Reads everything anew over the connection that stands, or connects; not where a person ended it. */
  async refresh(): Promise<void> {
    if (this.#state.name === "connected") await this.#options.loadSnapshot(this.call);
    else if (this.#state.name !== "idle") this.connect();
  }

  readonly call: Call = (method, params, signal) => {
    if (!this.#client || this.#state.name !== "connected")
      return Promise.reject(new ConnectionLostError("there is no connection to the server"));
    return this.#client.call(method, params, signal);
  };

  /** Settles when connected; throws ConnectionLostError when nobody tries (any more) or `signal` closes first. */
  whenConnected(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (state: ConnectionState): void => {
        if (state.name === "connected") end(resolve);
        else if (state.name === "stopped") end(() => reject(new ConnectionLostError(state.reason)));
        else if (state.name === "idle") giveUp();
      };
      const giveUp = (): void =>
        end(() => reject(new ConnectionLostError("there is no connection to the server")));
      const listening = this.onState(settle);
      const end = (finish: () => void): void => {
        listening.dispose();
        signal.removeEventListener("abort", giveUp);
        finish();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) giveUp();
      else settle(this.#state);
    });
  }

  dispose(): void {
    this.disconnect();
  }

  #dispatch(action: ConnectionAction): void {
    const before = this.#state;
    const state = reduceConnection(before, action);
    if (state === before) return;
    this.#state = state;
    if (state.name === before.name) return;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (state.name !== "connected") this.#drop();
    if (state.name === "connecting") void this.#open(this.#epoch);
    else if (state.name === "connected") this.#watchHealth(state.failures);
    else if (state.name === "waiting") this.#retryLater(state.failures);
    this.#states.fire(state);
  }

  #drop(): void {
    this.#epoch += 1;
    this.#starting.abort();
    this.#client?.dispose();
    this.#client = null;
  }

  async #open(epoch: number): Promise<void> {
    const { open, version, loadSnapshot, log } = this.#options;
    const isCurrent = (): boolean => epoch === this.#epoch;
    let onHandled: (events: readonly StoredEvent[]) => void = () => {};
    // The fault of one listener must not keep the server waiting for the room that the events took.
    const heard = (tell: () => void): void => {
      try {
        tell();
      } catch (error) {
        log(`what the server told was not taken: ${error instanceof Error ? error.stack : error}`);
      }
    };
    const onNotification: NotificationListener = (name, params) => {
      if (!isCurrent()) return;
      if (name === "events/batch") {
        const { events } = params as NotificationParams<"events/batch">;
        this.#lastSeq = events.at(-1)?.seq ?? this.#lastSeq;
        heard(() => this.#events.fire(events));
        onHandled(events);
      }
      heard(() => this.#notifications.fire({ name, params }));
    };
    this.#starting = new AbortController();
    const { signal } = this.#starting;
    try {
      const client = await openClient({
        ...{ open, version, log, onNotification, signal },
        onAsk: (...asked) => this.onAsk(...asked),
      });
      if (!isCurrent()) {
        client.dispose();
        return;
      }
      this.#client = client;
      const { seq } = client.server;
      if (!canReplay(this.#lastSeq, seq)) {
        await loadSnapshot(client.call);
        if (!isCurrent()) return;
        this.#lastSeq = seq;
      }
      onHandled = await subscribe(client, this.#lastSeq ?? seq, (error) =>
        log(`no further events are asked for: ${error}`),
      );
      if (!isCurrent()) return;
      this.#dispatch({ type: "opened" });
      const ending = await client.ended;
      if (isCurrent()) this.#dispatch({ type: "lost", ...ending });
    } catch (error) {
      if (!isCurrent()) return;
      const reason = error instanceof Error ? error.message : String(error);
      const problem = error instanceof ConnectError ? error.ending.problem : null;
      log(`no connection: ${reason}`);
      this.#dispatch({ type: "lost", reason, problem });
    }
  }

  /** Acts after `ms` unless the state changes before. */
  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #retryLater(failures: number): void {
    this.#later(retryDelayMs(failures, this.#options.random), () => this.#dispatch({ type: "retry" }));
  }

  #watchHealth(failures: number): void {
    if (failures > 0) this.#later(healthyMs, () => this.#dispatch({ type: "settled" }));
    this.#later(pingMs, () => void this.#ping());
  }

  async #ping(): Promise<void> {
    const epoch = this.#epoch;
    const lose = (reason: string): void => {
      if (epoch === this.#epoch) this.#dispatch({ type: "lost", reason, problem: null });
    };
    const dead = setTimeout(() => lose("the server does not answer any more"), deadMs);
    try {
      await this.call("events/list", { after: this.#lastSeq ?? 0, limit: 1 });
      if (epoch === this.#epoch) this.#later(pingMs, () => void this.#ping());
    } catch (error) {
      lose(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(dead);
    }
  }
}
