import type {
  Approval,
  Attempt,
  Case,
  Job,
  LiveChange,
  Proof,
  SessionLive,
  Steering,
  SteeringMode,
  StoredEvent,
  Turn,
} from "@portwright/server/protocol";

/** A phase that a build went through, and when it began. */
export type PhaseStart = SessionLive["phases"][number];

/** All that is known of one attempt at the moment it is opened; further turns follow page by page. */
export interface SessionSnapshot {
  /** Name of the builder that it runs on. */
  builder: string;
  case: Case;
  attempt: Attempt;
  /** Every attempt of the case, oldest first. */
  attempts: Pick<Attempt, "number" | "outcome">[];
  turns: Turn[];
  steerings: Steering[];
  /** Calls that the policy leaves to a person, with what was answered. */
  approvals: Approval[];
  /** Of the job that the attempt belongs to; null when it is not known any more. */
  job: Job | null;
  /** Why it did not go on when it was read; absent where it did. */
  waits?: string;
  /** What the attempt does at this moment; null when it does not run. */
  live: SessionLive | null;
  /** Phases that the attempt's builds went through so far, one build after the other. */
  phases: PhaseStart[];
  /** Of this attempt's diff. */
  proof: Proof | null;
  /** In which `costMicros` is counted; "" when the model has no price. */
  unit: string;
  /** Whether the server lets a person speak to it and hold it; older ones do not. */
  steerable: boolean;
}

/** From the editor to the view. */
export type ToView =
  | { type: "session"; session: SessionSnapshot }
  | { type: "turns"; turns: Turn[] }
  | { type: "events"; events: StoredEvent[] }
  /** `whole` stands in place of all that was known, before the changes. */
  | { type: "live"; attemptId: string | null; whole?: SessionLive | null; changes: LiveChange[] }
  | { type: "connection"; connected: boolean }
  /** The server took what the person said; a problem says why it did not. */
  | { type: "steered"; problem: string | null }
  /** There is no session to show; the text says why. */
  | { type: "failed"; text: string };

/** From the view to the editor. */
export type FromView =
  | { type: "ready" | "stop" | "pause" | "resume" | "openDiff" | "export" }
  | { type: "steer"; text: string; mode: SteeringMode }
  | { type: "answer"; approval: string; answer: "approve" | "reject"; text: string }
  | { type: "openArtifact"; sha256: string; name: string }
  /** The result of a tool call as the model saw it. */
  | { type: "openResult"; turn: number; call: string }
  | { type: "showAttempt"; number: number };

/** What the view keeps over a reload of the window; everything else is fetched again. */
export interface KeptState {
  /** `BUILDER/CASE/NUMBER` of the attempt. */
  sessionId: string;
  /** Number of the turn at the top of the view; null while the end is followed. */
  cursor: number | null;
  /** Pixels of that turn that are above the view. */
  scroll: number;
  /** What the person has written and not sent. */
  draft: string;
}

/** Longest messages of a person, as the server takes them. */
export const longestSteering = 8000;
export const longestAnswer = 2000;

/** Whether something that came out of the view is one of its messages. */
export function isFromView(message: unknown): message is FromView {
  if (typeof message !== "object" || message === null) return false;
  const { type, text, mode, sha256, name, turn, call, number, approval, answer } = message as Record<
    string,
    unknown
  >;
  switch (type) {
    case "ready":
    case "stop":
    case "pause":
    case "resume":
    case "openDiff":
    case "export":
      return true;
    case "steer":
      return (
        typeof text === "string" &&
        text.trim() !== "" &&
        text.length <= longestSteering &&
        (mode === "steer" || mode === "queue")
      );
    case "answer":
      return (
        typeof approval === "string" &&
        typeof text === "string" &&
        text.length <= longestAnswer &&
        (answer === "approve" || answer === "reject")
      );
    case "openArtifact":
      return typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && typeof name === "string";
    case "openResult":
      return Number.isInteger(turn) && typeof call === "string";
    case "showAttempt":
      return Number.isInteger(number);
    default:
      return false;
  }
}
