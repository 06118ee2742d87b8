import type { NotificationMessage } from "vscode-jsonrpc/node";
import {
  type ClientNotificationName,
  type ClientNotificationParams,
  clientNotifications,
} from "../protocol/index.ts";
import type { Log } from "./log.ts";

/** One taker a notification of the contract, with the bytes that it came as. */
type Takers = {
  readonly [N in ClientNotificationName]: (params: ClientNotificationParams<N>, bytes: number) => void;
};

type Taker = (params: unknown, bytes: number) => void;

const isKnown = (name: string): name is ClientNotificationName => Object.hasOwn(clientNotifications, name);

/** Hands a client's notification on; nobody can be told of one that is not of the contract, so it is only logged. */
export function takeNotification(
  { method, params }: NotificationMessage,
  bytes: number,
  { takers, log }: { takers: Takers; log: Log },
): void {
  if (!isKnown(method)) return;
  const parsed = clientNotifications[method].safeParse(params);
  if (parsed.success) (takers[method] as Taker)(parsed.data, bytes);
  else log("debug", `a ${method} of a client is not what the contract says`, parsed.error);
}
