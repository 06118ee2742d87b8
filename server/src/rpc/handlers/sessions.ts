import { answerCall } from "../../jobs/approvals.ts";
import { pauseWork, resumeWork } from "../../jobs/pause.ts";
import { steerWork } from "../../jobs/steerings.ts";
import { resolveCase } from "../../tracker/resolve.ts";
import type { Handlers } from "../context.ts";
import { listSessions } from "../sessionList.ts";

type SessionMethods =
  | "sessions/list"
  | "session/follow"
  | "session/unfollow"
  | "session/steer"
  | "session/answer"
  | "session/pause"
  | "session/resume";

export const sessionsHandlers: Pick<Handlers, SessionMethods> = {
  async "sessions/list"({ limit }, { services: { store, whyWaits } }) {
    return listSessions(store, limit, whyWaits);
  },

  async "session/follow"({ case: ref, target }, { services: { store }, follow }) {
    return follow(resolveCase(store, ref, target).id);
  },

  async "session/unfollow"({ subscription }, { unfollow }) {
    unfollow(subscription);
    return {};
  },

  async "session/steer"({ case: ref, target, text, mode }, { services, who }) {
    const subject = resolveCase(services.store, ref, target);
    return { steering: steerWork(services.store, subject, { text, mode, who }, services) };
  },

  async "session/answer"({ case: ref, target, ...answer }, { services: { store, now }, who }) {
    return { approval: answerCall(store, resolveCase(store, ref, target), { ...answer, who }, now) };
  },

  async "session/pause"({ case: ref, target }, { services: { store } }) {
    return { job: pauseWork(store, resolveCase(store, ref, target)) };
  },

  async "session/resume"({ case: ref, target }, { services: { store } }) {
    return { job: resumeWork(store, resolveCase(store, ref, target)) };
  },
};
