import { describe, expect, it } from "vitest";
import type { Call } from "../../../../extension/src/connection/client.ts";
import { ConnectionLostError } from "../../../../extension/src/connection/errors.ts";
import type { ConnectionState } from "../../../../extension/src/connection/state.ts";
import { Emitter } from "../../../../extension/src/emitter.ts";
import { SessionSource } from "../../../../extension/src/session/source.ts";
import type { Job, SessionLive, StoredEvent } from "../../../../server/src/protocol/index.ts";
import type { ToView } from "../../../../webview/src/messages.ts";
import { initialView, reduceSession } from "../../../../webview/src/reducer.ts";
import { sampleJob } from "../../../fixtures/states/entities.ts";
import { sampleLive } from "../../webview/sessions.ts";
import { asEvents, sampleAttempt, sampleCase, sampleTurn } from "../samples.ts";

type Answer = (params: { attempt?: number; afterTurn?: number }) => unknown;

/** A server whose answers a test gives, and a view that is told by the source. */
function stage({
  capabilities = ["sessions"],
  number = null,
}: {
  capabilities?: string[];
  number?: number | null;
} = {}) {
  const states = new Emitter<ConnectionState>();
  const events = new Emitter<readonly StoredEvent[]>();
  const live = new Emitter<never>();
  const changes = new Emitter<"all">();
  const called: string[] = [];
  const answers: Record<string, Answer> = {
    "session/follow": () => ({ subscription: `s${called.length}`, live: sampleLive() }),
    "session/unfollow": () => ({}),
    "session/get": ({ attempt = 1, afterTurn = 0 }) => ({
      attempt: sampleAttempt({ id: `a${attempt}`, number: attempt }),
      turns: afterTurn === 0 ? [sampleTurn(1)] : [],
    }),
    "case/get": () => ({
      case: sampleCase(),
      bundles: [],
      proofs: [],
      jobs: [],
      attempts: [sampleAttempt()],
    }),
    "models/list": () => ({ models: [] }),
  };
  const connection = {
    state: { name: "connected" } as ConnectionState,
    capabilities,
    call: (async (method: string, params: never) => {
      called.push(method);
      return await answers[method]?.(params);
    }) as unknown as Call,
    onEvents: events.on,
    onState: states.on,
    onNotification: ((_: string, listener: (params: never) => void) => live.on(listener)) as never,
  };
  const told: ToView[] = [];
  const errors: unknown[] = [];
  const source = new SessionSource({
    ...{ builder: { name: "b", connection, book: { onChange: changes.on, phasesOf: () => [] } } },
    ...{ caseId: "c1", number, onSession: () => {} },
    post: (message) => told.push(message),
    onError: (error) => errors.push(error),
  });
  return {
    ...{ called, answers, source, told, errors },
    say: (...given: Parameters<typeof asEvents>) => events.fire(asEvents(...given)),
    stream: (subscription: string, text: string) =>
      live.fire({ subscription, attemptId: "a1", changes: [{ type: "text", text }] } as never),
    turnState(state: ConnectionState) {
      connection.state = state;
      states.fire(state);
    },
    snapshot: () => changes.fire("all"),
    view: () => told.reduce(reduceSession, initialView),
  };
}
const recorded = (number: number) => ({ type: "turn/recorded" as const, payload: sampleTurn(number) });
const turnsOf = ({ view }: ReturnType<typeof stage>) => {
  const shown = view();
  return shown.kind === "session" ? shown.turns.map((turn) => turn.number) : shown.kind;
};
const textOf = ({ view }: ReturnType<typeof stage>) => (view() as { live?: SessionLive | null }).live?.text;
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("SessionSource", () => {
  it("tells the session, its later turns page by page, and what comes", async () => {
    const the = stage();
    the.answers["session/get"] = ({ afterTurn = 0 }) => ({
      attempt: sampleAttempt(),
      turns: afterTurn < 6 ? [sampleTurn(afterTurn + 1), sampleTurn(afterTurn + 2)] : [],
    });
    await the.source.start();
    the.say(recorded(7));
    the.stream("s1", "I see");
    expect(turnsOf(the)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(textOf(the)).toBe("I see");
  });

  it("reads again why the attempt waits when its job is given back", async () => {
    const the = stage();
    await the.source.start();
    const read = the.answers["session/get"] as Answer;
    the.answers["session/get"] = (params) => ({ ...Object(read(params)), waits: "the host is down" });
    const change = async (state: Job["state"]) => {
      const job = sampleJob({ id: sampleAttempt().jobId, caseId: "c1", state });
      the.say({ type: "job/changed", payload: job });
      await settled();
    };
    await change("leased");
    expect(the.view()).not.toHaveProperty("waits");
    await change("queued");
    expect(the.view()).toHaveProperty("waits", "the host is down");
  });

  it("misses nothing that was said while it read, and tells nothing twice", async () => {
    const the = stage();
    const read = the.answers["session/get"] as Answer;
    the.answers["session/get"] = (params) => {
      if (!params.afterTurn) {
        the.say(recorded(1), recorded(2));
        the.stream("s1", "I see");
      }
      return read(params);
    };
    await the.source.start();
    expect(turnsOf(the)).toEqual([1, 2]);
    expect(textOf(the)).toBe("I see");
    expect(the.told.filter(({ type }) => type === "session")).toHaveLength(1);
  });

  it("reads anew over the next connection and after a snapshot, and hears no former subscription", async () => {
    const the = stage();
    await the.source.start();
    the.turnState({ name: "waiting", failures: 1, until: 0 } as unknown as ConnectionState);
    expect(the.view().connected).toBe(false);
    the.turnState({ name: "connected" } as ConnectionState);
    the.snapshot();
    await settled();
    the.stream("s1", "from before");
    expect(the.view().connected).toBe(true);
    expect(textOf(the)).toBe("");
    expect(turnsOf(the)).toEqual([1]);
    const open = the.called.filter((method) => method === "session/follow").length;
    const closed = the.called.filter((method) => method === "session/unfollow").length;
    // The first one ended with its connection.
    expect(open - closed).toBe(2);
  });

  it("shows only the last attempt asked for, however slow the others are", async () => {
    const the = stage();
    await the.source.start();
    const slow = Promise.withResolvers<void>();
    const read = the.answers["session/get"] as Answer;
    the.answers["session/get"] = async (params) => {
      if (params.attempt === 2) await slow.promise;
      return read(params);
    };
    const second = the.source.show(2);
    await the.source.show(3);
    slow.resolve();
    await second;
    const shown = the.view();
    expect(shown.kind === "session" && shown.attempt.number).toBe(3);
    expect(the.source.number).toBe(3);
  });

  it("says why there is no session, and shows the first attempt when it begins", async () => {
    const the = stage();
    const read = the.answers["session/get"] as Answer;
    the.answers["session/get"] = () => Promise.reject(new Error("no attempt yet"));
    await the.source.start();
    expect(the.view()).toMatchObject({ kind: "failed", text: "no attempt yet" });
    the.answers["session/get"] = read;
    the.say({ type: "attempt/changed", payload: sampleAttempt() });
    await settled();
    expect(turnsOf(the)).toEqual([1]);
  });

  it("waits for the next connection when this one is lost while it reads", async () => {
    const the = stage();
    const read = the.answers["session/get"] as Answer;
    the.answers["session/get"] = () => Promise.reject(new ConnectionLostError("gone"));
    await the.source.start();
    expect(the.view().kind).toBe("loading");
    the.answers["session/get"] = read;
    the.turnState({ name: "connected" } as ConnectionState);
    await settled();
    expect(turnsOf(the)).toEqual([1]);
  });

  it("tells nothing and follows nothing while the view is out of sight", async () => {
    const the = stage();
    await the.source.start();
    the.source.stop();
    const before = the.told.length;
    the.say(recorded(2));
    the.stream("s1", "x");
    the.snapshot();
    await settled();
    expect(the.told).toHaveLength(before);
    expect(the.called.at(-1)).toBe("session/unfollow");
    await the.source.start();
    expect(the.told.length).toBeGreaterThan(before);
  });

  it("does without what an older server does not know", async () => {
    const the = stage({ capabilities: [] });
    await the.source.start();
    expect(the.called).not.toContain("session/follow");
    expect(the.view()).toMatchObject({ kind: "session", live: null, steerable: false });
    expect(the.errors).toEqual([]);
  });
});
