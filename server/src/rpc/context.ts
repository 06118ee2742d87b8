import type { LanguageChannels } from "../language/channels.ts";
import type { LentModel, MethodName, MethodResult, Params, StoredEvent } from "../protocol/index.ts";
import type { Followers } from "./followers.ts";
import type { Log } from "./log.ts";
import type { Services } from "./services.ts";

/** What a handler knows of the request besides its parameters. */
export interface RequestContext {
  readonly services: Services;
  readonly log: Log;
  /** Person on whose behalf the connection acts; recorded with jobs and decisions. */
  readonly who: string;
  /** Closed by the client's cancellation or disconnection. */
  readonly signal: AbortSignal;
  /** Text for a person while the request runs. */
  readonly progress: (text: string) => void;
  /** The same for text of which nothing may be missed: settles, and never fails, once the kernel has it. */
  readonly output: (text: string) => Promise<void>;
  /** Settles once the answer to this request has been given to the kernel, or cannot be. */
  readonly whenAnswered: Promise<void>;
  /** Starts `events/batch` notifications on this connection; returns the subscription's id. */
  readonly subscribe: (request: SubscribeRequest) => string;
  /** Lets a subscription of this connection send more; false when there is none of that id. */
  readonly grant: (subscription: string, bytes: number) => boolean;
  /** Those on this connection that look on at attempts; they hear nothing before this request is answered. */
  readonly follow: (caseId: string) => ReturnType<Followers["follow"]>;
  readonly unfollow: Followers["unfollow"];
  /** Says what models this connection lends. */
  readonly lend: (models: readonly LentModel[]) => void;
  /** Language servers of this connection. */
  readonly language: Pick<LanguageChannels, "open" | "close">;
}

export interface SubscribeRequest {
  after: number;
  credit: number | undefined;
  /** undefined: all events. */
  fits: ((event: StoredEvent) => boolean) | undefined;
}

export type Handler<M extends MethodName> = (
  params: Params<M>,
  context: RequestContext,
) => Promise<MethodResult<M>>;

/** One handler a method: leaving one out does not compile. */
export type Handlers = { readonly [M in MethodName]: Handler<M> };
