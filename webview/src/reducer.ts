import type { StoredEvent, Turn } from "@portwright/server/protocol";
import type { KeptState, SessionSnapshot, ToView } from "./messages.ts";

/** What the view draws. */
export type SessionView =
  | { readonly kind: "loading"; readonly connected: boolean }
  | { readonly kind: "failed"; readonly text: string; readonly connected: boolean }
  | ShownSession;

export interface ShownSession extends Omit<SessionSnapshot, "phases"> {
  readonly kind: "session";
  readonly connected: boolean;
  /** One list of phases a build, oldest first. */
  readonly builds: readonly (readonly string[])[];
}

export const initialView: SessionView = { kind: "loading", connected: true };

/** The view after a message of the editor. Events of other sessions change nothing. */
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
    case "events":
      return view.kind === "session" ? message.events.reduce(applyEvent, view) : view;
  }
}

function applyEvent(view: ShownSession, { type, payload }: StoredEvent): ShownSession {
  const { attempt } = view;
  switch (type) {
    case "case/changed":
      return payload.id === view.case.id ? { ...view, case: payload } : view;
    case "attempt/changed":
      if (payload.id === attempt.id) return { ...view, attempt: payload };
      return payload.caseId === view.case.id && payload.number > attempt.number
        ? { ...view, newerAttempt: Math.max(payload.number, view.newerAttempt ?? 0) }
        : view;
    case "turn/recorded":
      return payload.attemptId === attempt.id ? { ...view, turns: withTurn(view.turns, payload) } : view;
    case "build/phase":
      return payload.attemptId === attempt.id
        ? { ...view, builds: addPhase(view.builds, payload.phase) }
        : view;
    case "proof/recorded":
      return payload.attemptId === attempt.id ? { ...view, proof: payload } : view;
    default:
      return view;
  }
}

/** A turn told twice, as after a reconnection, stands once. */
function withTurn(turns: readonly Turn[], turn: Turn): Turn[] {
  return [...turns.filter(({ number }) => number !== turn.number), turn].toSorted(
    (a, b) => a.number - b.number,
  );
}

/** A phase that the newest build has been through begins another build. */
function addPhase(builds: ShownSession["builds"], phase: string): ShownSession["builds"] {
  const newest = builds.at(-1) ?? [];
  if (newest.at(-1) === phase) return builds;
  return newest.includes(phase) || builds.length === 0
    ? [...builds, [phase]]
    : [...builds.slice(0, -1), [...newest, phase]];
}

export function isRunning({ attempt }: ShownSession): boolean {
  return attempt.outcome === null;
}

export function keptState({ builder, case: { id }, attempt, turns }: ShownSession): KeptState {
  return { sessionId: `${builder}/${id}/${attempt.number}`, cursor: turns.at(-1)?.number ?? 0 };
}
