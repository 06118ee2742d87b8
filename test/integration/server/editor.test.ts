import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { socketPath } from "../../../server/src/rpc/socket.ts";
import {
  type EditorScript,
  type ScriptedAnswer,
  sayTurn,
  scriptedEditor,
} from "../../fixtures/editorClient.ts";
import { turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { caseIn, eventOf, type Place, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const overlay = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const env = { ...process.env, CANARY_KEY: "k" };
const cli = fileURLToPath(new URL("../../../server/src/cli/main.ts", import.meta.url));

/** Diagnoses where no tools are offered, and repairs otherwise. */
const repairing: EditorScript = (answer: ScriptedAnswer) => {
  const { tools, messages } = answer.question;
  if (tools.length === 0) return sayTurn(answer, "{}");
  const turns = messages.filter(({ role }) => role === "assistant").length;
  const file = { path: overlay, content: "USES+=\tgmake\n", sha256: null };
  const steps = [
    [["put_file", file]],
    [["build", {}]],
    [["finish", { status: "fixed", summary: "USES=gmake cures it." }]],
  ] as const;
  return sayTurn(answer, `Step ${turns + 1}.`, steps[turns] ?? []);
};

async function placeWith(patch: object, url = "http://127.0.0.1:1/v1"): Promise<Place> {
  const place = await placeWithModel(url, "CANARY_KEY", {
    second: { baseURL: url, model: "second", keyVariable: "CANARY_KEY" },
  });
  await place.change(({ models }) => {
    (models as { patch: object }).patch = patch;
  });
  return place;
}

const portwright = async (place: Place, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [cli, "--state", place.stateDir, ...args])).stdout;

test("a configured model of the editor repairs a port; the record of it can be run again", async () => {
  const price = { uncached: 1, cached: 1, output: 1 };
  await using place = await placeWith({ provider: "editor", vendor: "acme", model: "one", price });
  const { client } = await place.start(env);
  using editor = await scriptedEditor(await socketPath(place.stateDir), repairing);
  expect(await portwright(place, "models")).toMatch(/patch +acme\/one .*lent by scripted-editor 1/);
  await place.build(origin);
  const { attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
  expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
  expect(attempts).toMatchObject([
    { outcome: "fixed", provider: "editor", model: "acme/one", turns: 3, usage: { estimated: true } },
  ]);
  expect(attempts[0]?.costMicros).toBeGreaterThan(0);
  const { turns } = await client.call("session/get", { case: origin });
  expect(turns.map(({ text, trace }) => [text, trace?.request?.form])).toMatchObject([
    ["Step 1.", { api: "editor", model: "acme/acme-1" }],
    ["Step 2.", { api: "editor", model: "acme/acme-1" }],
    ["Step 3.", { api: "editor", model: "acme/acme-1" }],
  ]);
  const questions = editor.questions
    .filter(({ tools }) => tools.length > 0)
    .map(({ ask: _, ...sent }) => sent);
  expect(turns.map(({ trace }) => trace?.request?.bytes)).toEqual(
    questions.map((question) => Buffer.byteLength(JSON.stringify(question))),
  );
  expect(await portwright(place, "session", "replay", origin)).toContain(
    "all 3 requests are the recorded ones, byte for byte",
  );
});

test("an attempt that a person asked for goes on with the editor that comes back to the next server", async () => {
  await using place = await placeWith({ provider: "editor", model: "another" });
  const first = await place.start(env);
  const asked = Promise.withResolvers<void>();
  using _editor = await scriptedEditor(await socketPath(place.stateDir), (answer) => {
    if (!answer.question.messages.some(({ role }) => role === "assistant")) return repairing(answer);
    asked.resolve();
    return new Promise<never>(() => {});
  });
  await place.build(origin);
  await caseIn(first.client, origin, "triaged");
  await first.client.call("case/stop", { case: origin });
  await first.client.call("case/patch", { case: origin, model: "editor:acme/acme-1" });
  await asked.promise;
  first.kill();
  await first.client.ended;
  const { client } = await place.start(env);
  await eventOf(client, ({ type, payload }) => type === "attempt/changed" && payload.resumed !== undefined);
  using again = await scriptedEditor(await socketPath(place.stateDir), repairing);
  const { attempts } = await caseIn(client, origin, "waiting");
  expect(attempts).toMatchObject([{ number: 1, outcome: "fixed", model: "acme/acme-1", turns: 3 }]);
  expect(again.questions.map(({ messages }) => messages.some(({ role }) => role === "assistant"))).toEqual([
    true,
    true,
  ]);
});

test("with no editor connected the next model of the list repairs, and the record says why", async () => {
  const giveUp = { calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }] };
  const model = await startModelServer((request) => turn(giveUp, request));
  try {
    await using place = await placeWith(
      { provider: "editor", model: "one", failover: ["second"] },
      model.url,
    );
    const { client } = await place.start(env);
    await place.build(origin);
    const { attempts } = await caseIn(client, origin, "escalated");
    expect(attempts[0]).toMatchObject({ outcome: "gave-up", provider: "editor", model: "one" });
    const { turns } = await client.call("session/get", { case: origin, attempt: 1 });
    expect(turns[0]?.answeredBy).toMatchObject({
      model: "second",
      reason: expect.stringContaining("No connected editor lends one"),
    });
  } finally {
    await model.close();
  }
});

test("while nobody lends it, what was not asked for waits; who asks is told what to do, and may choose what is lent", async () => {
  await using place = await placeWith({ provider: "editor", model: "one" });
  const { client } = await place.start(env);
  await place.build(origin);
  await caseIn(client, origin, "triaged");
  const jobs = async () =>
    (await client.call("jobs/list", {})).jobs.map(({ kind, state }) => `${kind} ${state}`);
  await expect.poll(jobs, { timeout: 50_000 }).toEqual(["patch queued", "triage done"]);
  const waits = expect.stringMatching(/^no model answers: No connected editor lends one: connect VS Code/);
  expect(await client.call("case/get", { case: origin })).toMatchObject({ waits });
  expect((await client.call("sessions/list", {})).sessions[0]).toMatchObject({ group: "queued", waits });
  await client.call("case/stop", { case: origin });
  await client.call("case/patch", { case: origin });
  const { case: subject, attempts } = await caseIn(client, origin, "escalated");
  expect(attempts.map(({ outcome, turns }) => [outcome, turns])).toContainEqual(["error", 0]);
  expect(subject.handOver).toContain("connect VS Code to this builder and run");
  using _editor = await scriptedEditor(await socketPath(place.stateDir), repairing);
  await client.call("case/patch", { case: origin, model: "editor:acme/acme-1" });
  const { attempts: all, proofs } = await caseIn(client, origin, "waiting");
  expect(all.at(-1)).toMatchObject({ outcome: "fixed", provider: "editor", model: "acme/acme-1" });
  expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
});

test("what waited for an editor is done as soon as one lends the model", async () => {
  await using place = await placeWith({ provider: "editor", model: "one" });
  const { client } = await place.start(env);
  await place.build(origin);
  await caseIn(client, origin, "triaged");
  using _editor = await scriptedEditor(await socketPath(place.stateDir), repairing);
  const { attempts } = await caseIn(client, origin, "waiting", "escalated");
  expect(attempts).toMatchObject([{ outcome: "fixed", provider: "editor" }]);
});
