import type { Attempt, Case, Proof, StoredEvent, Turn } from "@portwright/server/protocol";

/** All that is known of one attempt at the moment it is opened. */
export interface SessionSnapshot {
  /** Name of the builder that it runs on. */
  builder: string;
  case: Case;
  attempt: Attempt;
  turns: Turn[];
  /** Phases that the attempt's builds went through so far, one build after the other. */
  phases: string[];
  /** Of this attempt's diff. */
  proof: Proof | null;
  /** Number of the newest attempt of the case when it is a later one. */
  newerAttempt: number | null;
}

/** From the editor to the view. */
export type ToView =
  | { type: "session"; session: SessionSnapshot }
  | { type: "events"; events: StoredEvent[] }
  | { type: "connection"; connected: boolean }
  /** There is no session to show; the text says why. */
  | { type: "failed"; text: string };

/** From the view to the editor. */
export type FromView =
  | { type: "ready" }
  | { type: "stop" }
  | { type: "openDiff" }
  | { type: "openArtifact"; sha256: string; name: string }
  | { type: "showAttempt"; number: number };

/** What the view keeps over a reload of the window; everything else is fetched again. */
export interface KeptState {
  /** `BUILDER/CASE/NUMBER` of the attempt. */
  sessionId: string;
  /** Number of the last turn that was shown. */
  cursor: number;
}

/** Whether something that came out of the view is one of its messages. */
export function isFromView(message: unknown): message is FromView {
  if (typeof message !== "object" || message === null || !("type" in message)) return false;
  switch (message.type) {
    case "ready":
    case "stop":
    case "openDiff":
      return true;
    case "openArtifact":
      return (
        "sha256" in message &&
        typeof message.sha256 === "string" &&
        "name" in message &&
        typeof message.name === "string"
      );
    case "showAttempt":
      return "number" in message && Number.isInteger(message.number);
    default:
      return false;
  }
}
