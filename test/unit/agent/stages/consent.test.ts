import { expect, test, vi } from "vitest";
import { createWallClock } from "../../../../server/src/agent/loop/clock.ts";
import { withConsent } from "../../../../server/src/agent/loop/consent.ts";
import { consentOf } from "../../../../server/src/agent/stages/consent.ts";
import { toolNames } from "../../../../server/src/agent/tools/toolbox.ts";
import { answerCall } from "../../../../server/src/jobs/approvals.ts";
import { ToolName } from "../../../../server/src/protocol/index.ts";
import { sampleAttempt, sampleJob } from "../../../fixtures/states/entities.ts";
import { createShop, type Shop, triaged } from "../../jobs/shop.ts";

const build = { id: "c1", name: "build", arguments: "{}" };
const edit = { id: "c2", name: "put_file", arguments: '{"path":"x"}' };

/** What asks for consent in an attempt, as each server makes it; approve with `say`. */
function attemptIn(shop: Shop) {
  const subject = shop.put({ id: "a", ...triaged, state: "patching" });
  shop.store.append([
    { type: "job/changed", payload: sampleJob({ caseId: "a" }) },
    { type: "attempt/changed", payload: sampleAttempt({ caseId: "a" }) },
  ]);
  let ids = 0;
  return {
    states: () => shop.store.approvalsOf("a").map(({ tool, turn, state }) => `${tool} ${turn} ${state}`),
    say: (answer: "approve" | "reject", text = "") =>
      answerCall(shop.store, subject, { answer, text, who: "ann" }, () => 9),
    server(signal = new AbortController().signal, tools: ToolName[] = ["build", "put_file"]) {
      const means = { store: shop.store, now: () => 7, newId: () => `ask-${++ids}` };
      const context = {
        append: (...events: Parameters<Shop["store"]["append"]>[0]) => void shop.store.append(events),
        standAside: <T>(wait: () => Promise<T>) => wait(),
        signal,
      };
      return consentOf(means, context, { id: "attempt-1", caseId: "a" }, tools);
    },
  };
}

test("every tool has its name in the vocabulary, in its order", () => {
  expect(toolNames).toEqual(ToolName.options);
});

test("only calls of the named tools wait, and each is asked for by itself", async () => {
  await using shop = await createShop();
  const { server, say, states } = attemptIn(shop);
  const consent = server();
  consent.atTurn(1);
  expect(["build", "get_file", "nonsense"].map((name) => consent.isNeeded({ ...build, name }))).toEqual([
    ...[true, false, false],
  ]);
  expect(() => say("approve")).toThrow(/no call .* waits for an answer/);
  const first = consent.answer(build);
  say("approve", "go on");
  expect(await first).toEqual({ approved: true, text: "go on" });
  const second = consent.answer(build);
  expect(states()).toEqual(["build 1 approved", "build 1 waiting"]);
  say("reject");
  expect(await second).toEqual({ approved: false, text: "" });
});

test.for(["materialize", "genpatch", "install_patches"] as const)(
  "who named %s is asked before a build, which does it too",
  async (name) => {
    await using shop = await createShop();
    const consent = attemptIn(shop).server(undefined, [name]);
    const needed = [name, "build", "put_file", "patch_phase"].map((tool) =>
      consent.isNeeded({ ...build, name: tool }),
    );
    expect(needed).toEqual([true, true, false, false]);
  },
);

test("what was asked or answered before a server ended holds for the same call, made again", async () => {
  await using shop = await createShop();
  const { server, say, states } = attemptIn(shop);
  const ending = new AbortController();
  const before = server(ending.signal);
  before.atTurn(3);
  const asked = before.answer(edit);
  say("approve");
  await asked;
  const waiting = before.answer(build);
  ending.abort(new Error("the server is closing"));
  await expect(waiting).rejects.toThrow("the server is closing");

  const after = server();
  after.atTurn(3);
  expect(await after.answer(edit)).toEqual({ approved: true, text: "" });
  const again = after.answer(build);
  expect(states()).toEqual(["put_file 3 approved", "build 3 waiting"]);
  say("approve");
  expect((await again).approved).toBe(true);
});

test("a call that is not made again is asked for no more", async () => {
  await using shop = await createShop();
  const { server, say, states } = attemptIn(shop);
  const before = server();
  before.atTurn(3);
  void before.answer(build);
  const after = server();
  after.atTurn(3);
  const [{ id = "" } = {}] = shop.store.approvalsOf("a");
  const other = after.answer(edit);
  expect(states()).toEqual(["build 3 dropped", "put_file 3 waiting"]);
  expect(() =>
    answerCall(
      shop.store,
      shop.put({ id: "a", ...triaged }),
      { answer: "approve", approval: id, text: "", who: "ann" },
      () => 9,
    ),
  ).toThrow(/answered or gone; put_file of turn 3/);
  say("approve");
  await other;
  void after.answer(build);
  const last = server();
  last.atTurn(4);
  expect(states().at(-1)).toBe("build 3 dropped");
});

test("the wait costs the attempt no time, and the model reads the person's words", async () => {
  vi.useFakeTimers();
  try {
    using clock = createWallClock(1000, Date.now);
    const answers = [
      { approved: true, text: "" },
      { approved: true, text: "s3cret is fine" },
      { approved: false, text: "not yet" },
      { approved: false, text: "" },
    ];
    const execute = withConsent(
      async () => ({ ok: true, content: '{"ok":true}\nbody', spill: null, effect: "build" }),
      {
        clock,
        present: (text) => text.replace("s3cret", "[secret]"),
        consent: {
          isNeeded: ({ name }) => name === "build",
          answer: async () => {
            await vi.advanceTimersByTimeAsync(5000);
            return answers.shift() ?? { approved: false, text: "" };
          },
        },
      },
    );
    expect((await execute(edit)).content).toBe('{"ok":true}\nbody');
    expect((await execute(build)).content).toBe('{"ok":true}\nbody');
    expect((await execute(build)).content).toBe('{"ok":true,"porter":"[secret] is fine"}\nbody');
    const refused = await execute(build);
    expect([refused.ok, refused.effect]).toEqual([false, "build"]);
    expect(JSON.parse(refused.content)).toMatchObject({ ok: false, porter: "not yet" });
    expect(JSON.parse((await execute(build)).content)).not.toHaveProperty("porter");
    expect([clock.elapsed(), clock.signal.aborted]).toEqual([0, false]);
  } finally {
    vi.useRealTimers();
  }
});
