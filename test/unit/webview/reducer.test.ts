import { describe, expect, it } from "vitest";
import type { ToView } from "../../../webview/src/messages.ts";
import { initialView, reduceSession, type ShownSession } from "../../../webview/src/reducer.ts";
import { liveTurn } from "../../../webview/src/state.ts";
import { asEvents, sampleAttempt, sampleCase, sampleTurn } from "../extension/samples.ts";
import {
  liveMessage,
  sampleApproval,
  sampleLive,
  sampleSession,
  sampleSteering,
  viewOf,
} from "./sessions.ts";

const viewAfter = (...messages: ToView[]): ShownSession => viewOf(sampleSession(), ...messages);

const events = (...given: Parameters<typeof asEvents>): ToView => ({
  type: "events",
  events: asEvents(...given),
});
const phase = (name: string, attemptId = "a1") => ({
  type: "build/phase" as const,
  payload: { caseId: "c1", attemptId, phase: name },
});

const namesOf = ({ builds }: ShownSession) => builds.map((build) => build.map((start) => start.phase));

describe("reduceSession", () => {
  it("adds turns in the order of their numbers, each once", () => {
    const turn = (number: number, text = "") => ({
      type: "turn/recorded" as const,
      payload: sampleTurn(number, { text }),
    });
    const page: ToView = { type: "turns", turns: [2, 3, 4].map((number) => sampleTurn(number)) };
    const view = viewAfter(events(turn(3), turn(2)), page, events(turn(3, "again")));
    expect(view.turns.map(({ number, text }) => [number, text])).toEqual([
      [1, ""],
      [2, ""],
      [3, "again"],
      [4, ""],
    ]);
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
    expect(namesOf(viewAfter(events(...names.map((name) => phase(name)))))).toEqual([
      ["fetch", "patch", "build"],
      ["fetch", "patch", "build", "package"],
    ]);
  });

  it("takes the phases that came before it was opened", () => {
    const phases = ["fetch", "build", "fetch"].map((name, at) => ({ phase: name, at }));
    expect(namesOf(viewOf(sampleSession({ phases })))).toEqual([["fetch", "build"], ["fetch"]]);
  });

  it("shows the end of the attempt and tells of the next one", () => {
    const view = viewAfter(
      events(
        { type: "attempt/changed", payload: sampleAttempt({ outcome: "gave-up", endedAt: 9 }) },
        { type: "attempt/changed", payload: sampleAttempt({ id: "a2", number: 2 }) },
      ),
    );
    expect(view.attempt.outcome).toBe("gave-up");
    expect(view.attempts).toEqual([
      { number: 1, outcome: "gave-up" },
      { number: 2, outcome: null },
    ]);
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

describe("a running attempt", () => {
  const running = sampleSession({ live: sampleLive() });

  it("is shown as it speaks and calls, until its turn stands in the stream", () => {
    const view = viewOf(
      running,
      liveMessage(
        { type: "text", text: "I see " },
        { type: "text", text: "it." },
        { type: "call", id: "k1", name: "build", arguments: "{}", at: 5 },
        { type: "called", id: "k1", ok: true, durationMs: 7 },
      ),
    );
    expect(liveTurn(view)).toMatchObject({ turn: 2, text: "I see it.", calls: [{ ok: true }] });
    const recorded = { type: "turn/recorded" as const, payload: sampleTurn(2, { text: "I see it." }) };
    const after = reduceSession(view, events(recorded));
    expect(after.kind === "session" && liveTurn(after)).toBeNull();
  });

  it("is told whole anew where changes were missed, and nothing of another attempt", () => {
    const whole = sampleLive({ turn: 5, text: "later" });
    expect(viewOf(running, { type: "live", attemptId: "a1", changes: [], whole }).live).toEqual(whole);
    expect(viewOf(running, { type: "live", attemptId: "other", changes: [], whole }).live).toEqual(
      running.live,
    );
    expect(viewOf(running, { type: "live", attemptId: null, changes: [], whole: null }).live).toBeNull();
  });

  it("shows what a person said once, as it goes from waiting to told", () => {
    const said = sampleSteering();
    const view = viewOf(
      running,
      events(
        { type: "steering/changed", payload: said },
        { type: "steering/changed", payload: { ...said, state: "delivered", turn: 3 } },
        { type: "steering/changed", payload: sampleSteering({ id: "s2", attemptId: "other" }) },
      ),
    );
    expect(view.steerings).toMatchObject([{ id: "s1", state: "delivered", turn: 3 }]);
  });

  it("shows a call that waits for consent once, and no other attempt's", () => {
    const asked = sampleApproval();
    const view = viewOf(
      running,
      events(
        { type: "approval/changed", payload: asked },
        { type: "approval/changed", payload: { ...asked, state: "approved", who: "ann" } },
        { type: "approval/changed", payload: sampleApproval({ id: "p2", attemptId: "other" }) },
      ),
    );
    expect(view.approvals).toMatchObject([{ id: "p1", state: "approved", who: "ann" }]);
  });

  it("shows what waits for the next attempt at the newest one only", () => {
    const message = events({ type: "steering/changed", payload: sampleSteering({ attemptId: null }) });
    expect(viewOf(running, message).steerings).toHaveLength(1);
    const attempts = [1, 2].map((number) => ({ number, outcome: null }));
    expect(viewOf({ ...running, attempts }, message).steerings).toEqual([]);
  });
});
