import { PortwrightError } from "../../protocol/index.ts";
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
  "session/follow": unfinished,
  "session/unfollow": unfinished,
  "session/steer": unfinished,
  "session/pause": unfinished,
  "session/resume": unfinished,
};
