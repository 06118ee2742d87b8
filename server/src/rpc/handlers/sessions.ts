import { PortwrightError } from "../../protocol/index.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";

const unfinished = (): Promise<never> => Promise.reject(new PortwrightError("badState", "not here yet"));

export const sessionsHandlers: Pick<
  Handlers,
  | "sessions/list"
  | "session/follow"
  | "session/unfollow"
  | "session/steer"
  | "session/pause"
  | "session/resume"
> = {
  "sessions/list": unfinished,
  async "session/follow"({ case: ref, target }, { services: { store }, follow }) {
    return follow(resolveCase(store, ref, target).id);
  },

  async "session/unfollow"({ subscription }, { unfollow }) {
    unfollow(subscription);
    return {};
  },

  "session/steer": unfinished,
  "session/pause": unfinished,
  "session/resume": unfinished,
};
