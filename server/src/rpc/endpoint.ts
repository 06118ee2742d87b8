import type { Duplex } from "node:stream";
import {
  type CancellationToken,
  createMessageConnection,
  type Message,
  type RequestMessage,
} from "vscode-jsonrpc/node";
import { LanguageChannels } from "../language/channels.ts";
import {
  type MethodName,
  methods,
  type NotificationName,
  type NotificationParams,
  PortwrightError,
} from "../protocol/index.ts";
import type { Handler, RequestContext, SubscribeRequest } from "./context.ts";
import { ConnectedEditor } from "./editor.ts";
import { badParams, toResponseError, unknownMethod } from "./failure.ts";
import { Followers } from "./followers.ts";
import { AnswerCountingWriter, BoundedMessageReader } from "./framing.ts";
import { RequestGate } from "./gate.ts";
import { handlers } from "./handlers.ts";
import type { Log } from "./log.ts";
import { takeNotification } from "./notifications.ts";
import type { Services } from "./services.ts";
import { type Subscription, subscribe as subscribeTo } from "./subscription.ts";
import type { Turn } from "./turns.ts";

/** Requests of one connection that run at the same time; the rest wait their turn. */
const maxParallelism = 16;
const maxSubscriptions = 8;
/** A connection that has not introduced itself by then is ended, so that silent ones use up no place. */
const handshakeMs = 30_000;

interface EndpointOptions {
  stream: Duplex;
  services: Services;
  log: Log;
  /** Person who owns the other end. */
  who: string;
  /** Shared by all connections: each answer, and each batch of events, waits for it. */
  turn: Turn;
}

const isMethod = (name: string): name is MethodName => Object.hasOwn(methods, name);

/** Serves one connection until its stream closes; a fault of the peer ends that stream and nothing else. */
export function serveConnection({ stream, services, log, who, turn }: EndpointOptions): void {
  const closed = new AbortController();
  const gate = new RequestGate();
  const writer = new AnswerCountingWriter(stream);
  /** Of the requests being handled: tells that the answer has been given to the kernel, or cannot be. */
  const answered = new Map<string | number | null, () => void>();
  writer.onAnswered = (id) => {
    gate.answered(id);
    answered.get(id)?.();
    answered.delete(id);
  };
  writer.onAsk = (id) => gate.asked(id);
  const subscriptions = new Map<string, Subscription>();
  const language = new LanguageChannels({
    knowledge: services.knowledge,
    send: (channel, message) => notify("language/message", { channel, message }),
    onEnded: (channel, reason) => {
      log("info", `a language channel of ${client} ended: ${reason}`);
      notify("language/closed", { channel, reason }).catch((error: unknown) =>
        log("debug", "the end of a language channel was not told", error),
      );
    },
    onError: (what, error) => log("error", `${what} of a ports file failed`, error),
  });
  gate.onNotification = (message, bytes) =>
    takeNotification(message, bytes, {
      takers: {
        "language/message": ({ channel, message }) => language.receive(channel, message, bytes),
        "model/piece": (piece) => editor.piece(piece),
      },
      log,
    });
  let client = "";
  let requestId: string | number | null = null;

  const connection = createMessageConnection(new BoundedMessageReader(stream, gate), writer, undefined, {
    maxParallelism,
    messageStrategy: {
      // The handler below runs synchronously inside `next`, where it reads the id that it is not given.
      handleMessage(message: Message, next: (message: Message) => void | Promise<void>) {
        requestId = (message as RequestMessage).id;
        return next(message);
      },
    },
  });
  const notify = <N extends NotificationName>(name: N, params: NotificationParams<N>): Promise<void> =>
    connection.sendNotification(name, params);

  const cut = (what: string) => (error: unknown) => {
    log("warn", `${what} of ${client} ended`, error);
    stream.destroy();
  };
  const followers = new Followers({
    feed: services.live,
    send: (params) => notify("session/live", params),
    onError: cut("a live session"),
  });

  const editor = new ConnectedEditor({
    client: () => client,
    request: (method, params, token) => connection.sendRequest(method, params, token),
    closed: closed.signal,
  });

  const handshake = setTimeout(() => {
    log("warn", "a client did not introduce itself and was disconnected");
    stream.destroy();
  }, handshakeMs);
  handshake.unref();

  const grant: RequestContext["grant"] = (id, bytes) => {
    const subscription = subscriptions.get(id);
    subscription?.grant(bytes);
    return subscription !== undefined;
  };
  const startSubscription = ({ after, credit, fits }: SubscribeRequest, ready: Promise<void>): string => {
    if (subscriptions.size >= maxSubscriptions)
      throw new PortwrightError("badState", `a connection has at most ${maxSubscriptions} subscriptions`);
    const id = String(subscriptions.size + 1);
    const subscription = subscribeTo({
      store: services.store,
      ...{ after, credit, fits, ready, turn },
      send: (events, through, snapshotTo) =>
        notify("events/batch", { subscription: id, events, ...(fits && { through }), snapshotTo }),
      onError: cut("the events"),
    });
    subscriptions.set(id, subscription);
    return id;
  };

  const call = async (method: string, given: unknown, context: RequestContext): Promise<unknown> => {
    if (!isMethod(method)) throw unknownMethod(method);
    if (!client && method !== "initialize")
      throw new PortwrightError("badState", `${method} came before initialize`);
    if (client && method === "initialize")
      throw new PortwrightError("badState", "this connection is initialized already");
    const parsed = methods[method][0].safeParse(given ?? {});
    if (!parsed.success) throw badParams(parsed.error);
    const result = await (handlers[method] as Handler<MethodName>)(parsed.data as never, context);
    if (method === "initialize") {
      const introduced = methods.initialize[0].parse(given).client;
      client = `${introduced.name} ${introduced.version}`.slice(0, 200);
      clearTimeout(handshake);
    }
    return result;
  };

  connection.onRequest(async (method: string, given: unknown, token: CancellationToken) => {
    const id = requestId;
    const { promise: whenAnswered, resolve } = Promise.withResolvers<void>();
    answered.set(id, resolve);
    const cancelled = new AbortController();
    const cancelling = token.onCancellationRequested(() => cancelled.abort());
    const signal = AbortSignal.any([cancelled.signal, closed.signal]);
    let telling: Promise<void> | null = null;
    const output = async (text: string): Promise<void> => {
      if (signal.aborted) return;
      await notify("progress", { token: String(id), text }).catch((error: unknown) =>
        log("debug", "a progress text was not sent", error),
      );
    };
    const progress = (text: string): void => {
      // One at a time: a client that does not read misses progress instead of queueing it here.
      if (telling) return;
      telling = output(text).then(() => {
        telling = null;
      });
    };
    try {
      const subscribe: RequestContext["subscribe"] = (request) => startSubscription(request, whenAnswered);
      const context: RequestContext = {
        ...{ services, log, who, signal, progress, output, whenAnswered, subscribe, grant, language },
        follow: (caseId) => followers.follow(caseId, whenAnswered),
        unfollow: (subscription) => followers.unfollow(subscription),
        lend: (models) => services.lent.lend(editor, models),
      };
      await turn();
      return await call(method, given, context);
    } catch (error) {
      return toResponseError(error, method, signal, log);
    } finally {
      cancelling.dispose();
    }
  });
  connection.onError(([error]) => log("warn", `a connection failed${client && ` (${client})`}`, error));
  stream.once("close", () => {
    clearTimeout(handshake);
    closed.abort();
    services.lent.lend(editor, []);
    for (const subscription of subscriptions.values()) subscription[Symbol.dispose]();
    followers[Symbol.dispose]();
    language[Symbol.dispose]();
    connection.dispose();
  });
  connection.listen();
}
