import { PortwrightError } from "../../protocol/index.ts";
import type { Handlers } from "../context.ts";

export const creditHandlers: Pick<Handlers, "events/credit"> = {
  async "events/credit"({ subscription, bytes }, { grant }) {
    if (grant(subscription, bytes)) return {};
    throw new PortwrightError("notFound", `this connection has no subscription ${subscription}`);
  },
};
