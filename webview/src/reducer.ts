import { reduceLive } from "@portwright/server/live";
import type { Attempt, SessionLive, Steering, StoredEvent, Turn } from "@portwright/server/protocol";
import type { PhaseStart, SessionSnapshot, ToView } from "./messages.ts";

/** What the view draws. */
export type SessionView =
  | { readonly kind: "loading"; readonly connected: boolean }
  | { readonly kind: "failed"; readonly text: string; readonly connected: boolean }
  | ShownSession;

export interface ShownSession extends Omit<SessionSnapshot, "phases"> {
  readonly kind: "session";
  readonly connected: boolean;
  /** One list of phases a build, oldest first. */
  readonly builds: readonly (readonly PhaseStart[])[];
}

export const initialView: SessionView = { kind: "loading", connected: true };

/** The view after a message of the editor. What is about other sessions changes nothing. */
export function reduceSession(view: SessionView, message: ToView): SessionView {
  switch (message.type) {
    case "connection":
      return { ...view, connected: message.connected };
    case "failed":
      return { kind: "failed", text: message.text, connected: view.connected };
    case "session": {
      const { phases, ...session } = message.session;
      const builds = phases.reduce<ShownSession["builds"]>(addPhase, []);
      return { kind: "session", connected: view.connected, ...session, builds };
    }
    case "turns":
      return view.kind === "session" ? { ...view, turns: withTurns(view.turns, message.turns) } : view;
    case "events":
      return view.kind === "session" ? message.events.reduce(applyEvent, view) : view;
    case "live":
      return view.kind === "session" ? { ...view, live: liveAfter(view, message) } : view;
    case "steered":
      return view;
  }
}

function applyEvent(view: ShownSession, { type, payload, at }: StoredEvent): ShownSession {
  const { attempt } = view;
  switch (type) {
    case "case/changed":
      return payload.id === view.case.id ? { ...view, case: payload } : view;
    case "job/changed":
      return payload.id === attempt.jobId ? { ...view, job: payload } : view;
    case "attempt/changed":
      if (payload.caseId !== view.case.id) return view;
      return {
        ...view,
        attempts: withAttempt(view.attempts, payload),
        ...(payload.id === attempt.id && { attempt: payload }),
      };
    case "turn/recorded":
      return payload.attemptId === attempt.id ? { ...view, turns: withTurns(view.turns, [payload]) } : view;
    case "steering/changed":
      return concerns(payload, view)
        ? { ...view, steerings: [...view.steerings.filter(({ id }) => id !== payload.id), payload] }
        : view;
    case "approval/changed":
      return payload.attemptId === attempt.id
        ? { ...view, approvals: [...view.approvals.filter(({ id }) => id !== payload.id), payload] }
        : view;
    case "build/phase":
      return payload.attemptId === attempt.id
        ? { ...view, builds: addPhase(view.builds, { phase: payload.phase, at }) }
        : view;
    case "proof/recorded":
      return payload.attemptId === attempt.id ? { ...view, proof: payload } : view;
    default:
      return view;
  }
}

/** What waits for the next attempt is shown at the newest one. */
function concerns({ caseId, attemptId }: Steering, view: ShownSession): boolean {
  return attemptId === null
    ? caseId === view.case.id && view.attempt.number === view.attempts.at(-1)?.number
    : attemptId === view.attempt.id;
}

function liveAfter(view: ShownSession, message: Extract<ToView, { type: "live" }>): SessionLive | null {
  if (message.attemptId !== null && message.attemptId !== view.attempt.id) return view.live;
  const before = message.whole === undefined ? view.live : message.whole;
  return before && message.changes.reduce(reduceLive, before);
}

/** A turn told twice, as after a reconnection, stands once. */
function withTurns(turns: Turn[], more: readonly Turn[]): Turn[] {
  const last = turns.at(-1)?.number ?? 0;
  if (more.every(({ number }, place) => number > (more[place - 1]?.number ?? last)))
    return [...turns, ...more];
  const told = new Map([...turns, ...more].map((turn) => [turn.number, turn]));
  return [...told.values()].toSorted((a, b) => a.number - b.number);
}

function withAttempt(attempts: SessionSnapshot["attempts"], { number, outcome }: Attempt) {
  return [...attempts.filter((other) => other.number !== number), { number, outcome }].toSorted(
    (a, b) => a.number - b.number,
  );
}

/** A phase that the newest build has been through begins another build. */
function addPhase(builds: ShownSession["builds"], start: PhaseStart): ShownSession["builds"] {
  const newest = builds.at(-1) ?? [];
  if (newest.at(-1)?.phase === start.phase) return builds;
  return newest.some(({ phase }) => phase === start.phase) || builds.length === 0
    ? [...builds, [start]]
    : [...builds.slice(0, -1), [...newest, start]];
}
