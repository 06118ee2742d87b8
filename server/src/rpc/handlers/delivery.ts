import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const deliveryHandlers: Pick<
  Handlers,
  "delivery/preview" | "delivery/apply" | "delivery/undo" | "delivery/list"
> = {
  "delivery/preview": unfinished,
  "delivery/apply": unfinished,
  "delivery/undo": unfinished,
  "delivery/list": unfinished,
};
