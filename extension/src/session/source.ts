import type { NotificationParams, SessionLive, StoredEvent } from "@portwright/server/protocol";
import type { SessionSnapshot, ToView } from "@portwright/webview/messages";
import type { Builder } from "../builders/builder.ts";
import { ConnectionLostError } from "../connection/errors.ts";
import { fetchSession, fetchTurnsAfter, isAboutCase, liveOf } from "./fetch.ts";

/** What is needed of a builder to follow a session. */
interface FollowedBuilder {
  readonly name: string;
  readonly connection: Pick<
    Builder["connection"],
    "call" | "capabilities" | "state" | "onEvents" | "onNotification" | "onState"
  >;
  readonly book: Pick<Builder["book"], "onChange" | "phasesOf">;
}

interface SessionSourceOptions {
  builder: FollowedBuilder;
  caseId: string;
  /** null: the newest attempt, or the first one when it begins. */
  number: number | null;
  post: (message: ToView) => void;
  /** The session that is shown from now on. */
  onSession: (session: Pick<SessionSnapshot, "case" | "attempt">) => void;
  onError: (error: unknown) => void;
}

/**
 * What one view has to be told, in an order in which nothing is missed and nothing stands twice: the session as it is
 * read, then all that was said while it was read, then what comes.
 */
export class SessionSource {
  readonly #options: SessionSourceOptions;
  readonly #listening: { dispose(): void }[];
  #number: number | null;
  #attemptId: string | null = null;
  #jobId: string | null = null;
  /** Grows with each reading, so that a former one is given up. */
  #reading = 0;
  /** What was said while the session is read; null while nothing is held back. */
  #held: ToView[] | null = null;
  #subscription: string | null = null;
  /** Whether there is a view to tell. */
  #wanted = false;

  constructor(options: SessionSourceOptions) {
    this.#options = options;
    this.#number = options.number;
    const { connection, book } = options.builder;
    this.#listening = [
      connection.onEvents((events) => this.#takeEvents(events)),
      connection.onNotification("session/live", (params) => this.#takeLive(params)),
      connection.onState(({ name }) => this.#takeState(name === "connected")),
      // After a snapshot events are missing, so that the session is read anew.
      book.onChange((change) => change === "all" && void this.#read()),
    ];
  }

  get number(): number | null {
    return this.#number;
  }

  /** The view is there, and knows nothing. */
  async start(): Promise<void> {
    this.#wanted = true;
    this.#options.post({ type: "connection", connected: this.#isConnected });
    await this.#read();
  }

  /** The view is out of sight; it will be made anew. */
  stop(): void {
    this.#wanted = false;
    this.#reading += 1;
    this.#held = null;
    this.#unfollow();
  }

  async show(number: number | null): Promise<void> {
    if (number !== null && number === this.#number) return;
    this.#number = number;
    await this.#read();
  }

  dispose(): void {
    this.stop();
    for (const listener of this.#listening) listener.dispose();
  }

  get #isConnected(): boolean {
    return this.#options.builder.connection.state.name === "connected";
  }

  #say(message: ToView): void {
    if (this.#held) this.#held.push(message);
    else if (this.#wanted) this.#options.post(message);
  }

  #takeState(connected: boolean): void {
    if (!connected) this.#subscription = null;
    if (!this.#wanted) return;
    this.#options.post({ type: "connection", connected });
    // What was said of the running turn meanwhile is told to nobody.
    if (connected) void this.#read();
  }

  #takeEvents(events: readonly StoredEvent[]): void {
    const about = events.filter((event) => isAboutCase(event, this.#options.caseId, this.#attemptId));
    if (about.length === 0) return;
    if (this.#attemptId !== null || this.#held) this.#say({ type: "events", events: about });
    else if (about.some(({ type }) => type === "attempt/changed")) void this.#read();
    // No event tells why the attempt does not go on.
    if (about.some((event) => this.#isGivenBack(event))) void this.#read();
  }

  #isGivenBack({ type, payload }: StoredEvent): boolean {
    return type === "job/changed" && payload.id === this.#jobId && payload.state === "queued";
  }

  #takeLive({ subscription, attemptId, changes, live }: NotificationParams<"session/live">): void {
    if (subscription !== this.#subscription) return;
    this.#say({ type: "live", attemptId, changes, ...(live !== undefined && { whole: live }) });
  }

  async #read(): Promise<void> {
    if (!this.#wanted || !this.#isConnected) return;
    this.#reading += 1;
    const reading = this.#reading;
    const isCurrent = (): boolean => reading === this.#reading;
    this.#unfollow();
    this.#held = [];
    this.#attemptId = null;
    const { builder, caseId, post, onSession } = this.#options;
    const { connection, book } = builder;
    try {
      const live = await this.#follow(isCurrent);
      const session = await fetchSession(builder, caseId, this.#number);
      if (!isCurrent()) return;
      const { attempt } = session;
      this.#attemptId = attempt.id;
      this.#jobId = attempt.jobId;
      this.#number = attempt.number;
      const phases = [...book.phasesOf(attempt.id)];
      onSession(session);
      post({ type: "session", session: { ...session, live: liveOf(live, attempt.id), phases } });
      this.#release();
      for await (const turns of fetchTurnsAfter(
        connection.call,
        caseId,
        attempt.number,
        session.turns.at(-1)?.number,
      )) {
        if (!isCurrent()) return;
        post({ type: "turns", turns });
      }
    } catch (error) {
      if (!isCurrent()) return;
      this.#held = null;
      // The next connection reads it again.
      if (error instanceof ConnectionLostError) return;
      post({ type: "failed", text: error instanceof Error ? error.message : String(error) });
    }
  }

  /** The book has heard of the phases too, and its list was told with the session. */
  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const message of held) {
      if (message.type !== "events") this.#say(message);
      else this.#say({ type: "events", events: message.events.filter(({ type }) => type !== "build/phase") });
    }
  }

  async #follow(isCurrent: () => boolean): Promise<SessionLive | null> {
    const { connection } = this.#options.builder;
    if (!connection.capabilities.includes("sessions")) return null;
    const { subscription, live } = await connection.call("session/follow", { case: this.#options.caseId });
    if (isCurrent()) this.#subscription = subscription;
    else this.#unfollow(subscription);
    return live;
  }

  #unfollow(subscription = this.#subscription): void {
    const { builder, onError } = this.#options;
    if (subscription === this.#subscription) this.#subscription = null;
    if (subscription !== null) builder.connection.call("session/unfollow", { subscription }).catch(onError);
  }
}
