import type {
  Approval,
  LiveChange,
  SessionLive,
  Steering,
  Turn,
} from "../../../server/src/protocol/index.ts";
import type { SessionSnapshot, ToView } from "../../../webview/src/messages.ts";
import { initialView, reduceSession, type ShownSession } from "../../../webview/src/reducer.ts";
import { sampleAttempt, sampleCase, sampleTurn } from "../extension/samples.ts";

export function sampleSession(changes: Partial<SessionSnapshot> = {}): SessionSnapshot {
  return {
    builder: "local",
    case: sampleCase({ state: "patching", diffSha256: null }),
    attempt: sampleAttempt(),
    attempts: [{ number: 1, outcome: null }],
    turns: [sampleTurn(1)],
    steerings: [],
    approvals: [],
    job: null,
    live: null,
    phases: [],
    proof: null,
    unit: "",
    steerable: true,
    ...changes,
  };
}

export function sampleLive(changes: Partial<SessionLive> = {}): SessionLive {
  return {
    attemptId: "a1",
    turn: 2,
    turnAt: 0,
    text: "",
    reasoning: "",
    calls: [],
    build: 0,
    phases: [],
    log: [],
    paused: false,
    ...changes,
  };
}

export function sampleSteering(changes: Partial<Steering> = {}): Steering {
  return {
    id: "s1",
    caseId: "c1",
    attemptId: "a1",
    who: "ann",
    text: "look at files/",
    mode: "steer",
    state: "waiting",
    turn: null,
    at: 0,
    ...changes,
  };
}

export function sampleApproval(changes: Partial<Approval> = {}): Approval {
  return {
    ...{ id: "p1", caseId: "c1", attemptId: "a1", turn: 2, tool: "build", arguments: "{}" },
    ...{ state: "waiting", who: null, text: "", at: 0, answeredAt: null },
    ...changes,
  };
}

/** A turn with as many calls, each with a result of `bytes`. */
export function busyTurn(number: number, calls: number, bytes: number): Turn {
  return sampleTurn(number, {
    text: `Step ${number}: the **configure** stage fails because \`libfoo\` is not found.\n\n- look at the log\n- patch`,
    reasoning: number % 3 === 0 ? "The log says that the header is missing." : "",
    durationMs: 2300,
    calls: Array.from({ length: calls }, (_, call) => ({
      id: `t${number}c${call}`,
      name: ["get_file", "grep", "edit_file", "build"][call % 4] ?? "grep",
      arguments: JSON.stringify({ path: `ports/devel/foo/files/patch-${number}-${call}`, line: call }),
      result: `result of ${number}/${call}\n${"x".repeat(bytes)}`,
      ok: call % 7 !== 6,
      durationMs: 120 * (call + 1),
      spill: null,
    })),
  });
}

export function liveMessage(...changes: LiveChange[]): ToView {
  return { type: "live", attemptId: "a1", changes };
}

/** The view after the session was opened and the messages came. */
export function viewOf(session: SessionSnapshot, ...messages: ToView[]): ShownSession {
  const opened = reduceSession(initialView, { type: "session", session });
  const view = messages.reduce(reduceSession, opened);
  if (view.kind !== "session") throw new Error(`the view is ${view.kind}`);
  return view;
}
