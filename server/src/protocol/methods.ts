import { z } from "zod";
import { LiveChange, SessionLive } from "./entities.ts";
import { StoredEvent } from "./events.ts";
import { caseMethods } from "./methods/cases.ts";
import { deliveryMethods } from "./methods/delivery.ts";
import { environmentMethods } from "./methods/environments.ts";
import { eventMethods, snapshotTo } from "./methods/events.ts";
import { languageMethods } from "./methods/language.ts";
import { askModel, ModelPiece, modelMethods } from "./methods/models.ts";
import { proofMethods } from "./methods/proofs.ts";
import { runMethods } from "./methods/runs.ts";
import { serverMethods } from "./methods/server.ts";
import { sessionMethods } from "./methods/sessions.ts";

export { CaseDetail } from "./methods/cases.ts";
export {
  type LentFailure,
  type LentMessage,
  LentModel,
  ModelInfo,
  type ModelPiece,
} from "./methods/models.ts";
export {
  BuilderLink,
  EndpointHealth,
  type IdleWorkers,
  ImportScore,
  type JournalStatus,
  PolicyProblem,
  PruneReport,
  RecipeRow,
  ServerStatus,
  Worker,
} from "./methods/server.ts";
export { SessionRow } from "./methods/sessions.ts";

/** Newest contract first; both sides pick the first one that the other knows. */
export const protocolVersions = [1] as const;

/** Requests: name to [parameters, result]. A missing handler does not compile (see rpc/). */
export const methods = {
  ...serverMethods,
  ...runMethods,
  ...caseMethods,
  ...sessionMethods,
  ...modelMethods,
  ...proofMethods,
  ...deliveryMethods,
  ...environmentMethods,
  ...eventMethods,
  ...languageMethods,
} as const;

export type MethodName = keyof typeof methods;
/** Parameters as a caller writes them (defaults may be left out). */
export type CallParams<M extends MethodName> = z.input<(typeof methods)[M][0]>;
/** Parameters as a handler receives them. */
export type Params<M extends MethodName> = z.output<(typeof methods)[M][0]>;
export type MethodResult<M extends MethodName> = z.output<(typeof methods)[M][1]>;

const LanguageMessage = z.object({
  channel: z.string(),
  /** A JSON-RPC message of LSP. */
  message: z.looseObject({ jsonrpc: z.string() }),
});

/** Server to client; a batch is in order, gapless within a subscription, at most 256 KiB. */
export const notifications = {
  "events/batch": z.object({
    subscription: z.string(),
    events: z.array(StoredEvent),
    /** With a filter: all events up to that one are told, or do not fit it. */
    through: z.int().nonnegative().optional(),
    /** Events were pruned before this reader came to them; told once for each such place. */
    snapshotTo,
  }),
  /** Progress of the request with this id; text is for a person. */
  progress: z.object({ token: z.string(), text: z.string() }),
  /** `live` is the whole state anew: an attempt began or ended (null), or changes were too many to be told singly. */
  "session/live": z.object({
    subscription: z.string(),
    attemptId: z.string().nullable(),
    changes: z.array(LiveChange),
    live: SessionLive.nullable().optional(),
  }),
  "language/message": LanguageMessage,
  /** The server ended a channel by itself; what was open on the other side has to be opened anew. */
  "language/closed": z.object({ channel: z.string(), reason: z.string() }),
} as const;
export type NotificationName = keyof typeof notifications;
export type NotificationParams<N extends NotificationName> = z.output<(typeof notifications)[N]>;

/** Client to server. */
export const clientNotifications = {
  "language/message": LanguageMessage,
  "model/piece": ModelPiece,
} as const;
export type ClientNotificationName = keyof typeof clientNotifications;
export type ClientNotificationParams<N extends ClientNotificationName> = z.output<
  (typeof clientNotifications)[N]
>;

/** Requests of the server to a client: name to [parameters, result]. */
export const clientMethods = { "model/ask": askModel } as const;
export type ClientMethodName = keyof typeof clientMethods;
export type ClientMethodParams<M extends ClientMethodName> = z.output<(typeof clientMethods)[M][0]>;
export type ClientMethodResult<M extends ClientMethodName> = z.output<(typeof clientMethods)[M][1]>;
