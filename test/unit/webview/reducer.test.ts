import { describe, expect, it } from "vitest";
import type { ToView } from "../../../webview/src/messages.ts";
import { initialView, keptState, reduceSession, type ShownSession } from "../../../webview/src/reducer.ts";
import { asEvents, sampleAttempt, sampleCase, sampleTurn } from "../extension/samples.ts";

const opened: ToView = {
  type: "session",
  session: {
    builder: "local",
    case: sampleCase({ state: "patching" }),
    attempt: sampleAttempt(),
    turns: [sampleTurn(1)],
    phases: [],
    proof: null,
    newerAttempt: null,
  },
};

function viewAfter(...messages: ToView[]): ShownSession {
  const view = messages.reduce(reduceSession, reduceSession(initialView, opened));
  if (view.kind !== "session") throw new Error(`the view is ${view.kind}`);
  return view;
}

const events = (...given: Parameters<typeof asEvents>): ToView => ({
  type: "events",
  events: asEvents(...given),
});
const phase = (name: string, attemptId = "a1") => ({
  type: "build/phase" as const,
  payload: { caseId: "c1", attemptId, phase: name },
});

describe("reduceSession", () => {
  it("adds turns in the order of their numbers, each once", () => {
    const turn = (number: number, text = "") => ({
      type: "turn/recorded" as const,
      payload: sampleTurn(number, { text }),
    });
    const view = viewAfter(events(turn(3), turn(2)), events(turn(3, "again")));
    expect(view.turns.map(({ number, text }) => [number, text])).toEqual([
      [1, ""],
      [2, ""],
      [3, "again"],
    ]);
    expect(keptState(view)).toEqual({ sessionId: "local/c1/1", cursor: 3 });
  });

  it("leaves other sessions' events alone", () => {
    const before = viewAfter();
    const view = viewAfter(
      events(
        { type: "turn/recorded", payload: sampleTurn(9, { attemptId: "other" }) },
        { type: "case/changed", payload: sampleCase({ id: "other" }) },
        { type: "attempt/changed", payload: sampleAttempt({ id: "other", caseId: "other", number: 7 }) },
        phase("build", "other"),
      ),
    );
    expect(view).toEqual(before);
  });

  it("begins another build where a phase comes again", () => {
    const names = ["fetch", "patch", "patch", "build", "fetch", "patch", "build", "package"];
    expect(viewAfter(events(...names.map((name) => phase(name)))).builds).toEqual([
      ["fetch", "patch", "build"],
      ["fetch", "patch", "build", "package"],
    ]);
  });

  it("takes the phases that came before it was opened", () => {
    const late = { ...opened, session: { ...opened.session, phases: ["fetch", "build", "fetch"] } };
    expect(viewAfter(late).builds).toEqual([["fetch", "build"], ["fetch"]]);
  });

  it("shows the end of the attempt and tells of the next one", () => {
    const view = viewAfter(
      events(
        { type: "attempt/changed", payload: sampleAttempt({ outcome: "gave-up", endedAt: 9 }) },
        { type: "attempt/changed", payload: sampleAttempt({ id: "a2", number: 2 }) },
      ),
    );
    expect(view.attempt.outcome).toBe("gave-up");
    expect(view.newerAttempt).toBe(2);
  });

  it("keeps what it shows while the connection is away", () => {
    const view = viewAfter({ type: "connection", connected: false });
    expect(view).toEqual({ ...viewAfter(), connected: false });
  });

  it("ignores events before it has a session", () => {
    expect(reduceSession(initialView, events(phase("build")))).toBe(initialView);
  });

  it("says why there is none", () => {
    const view = reduceSession(initialView, { type: "failed", text: "no attempt yet" });
    expect(view).toEqual({ kind: "failed", text: "no attempt yet", connected: true });
  });
});
