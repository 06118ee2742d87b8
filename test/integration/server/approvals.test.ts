import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RpcClient } from "../../../server/src/rpc/client.ts";
import { turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { makeSandbox } from "../cli/portwright.ts";
import { caseIn, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const path = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const patience = { timeout: 60_000 };
const turns = [
  { calls: [{ name: "put_file", arguments: { path, content: "USES+=\tgmake\n", sha256: null } }] },
  { calls: [{ name: "build", arguments: {} }] },
  { calls: [{ name: "build", arguments: {} }] },
  { calls: [{ name: "finish", arguments: { status: "fixed", summary: "USES=gmake cures it." } }] },
];

const asked = (client: RpcClient) =>
  expect.poll(
    async () =>
      (await client.call("sessions/list", {})).sessions.flatMap(({ approval }) =>
        approval === undefined ? [] : [`${approval.tool} of turn ${approval.turn}`],
      ),
    patience,
  );

test("a build that the policy leaves to a person waits for him over a killed server, and obeys him", async () => {
  const model = await startModelServer((request) => {
    const number = request.json.messages.filter(({ role }) => role === "assistant").length;
    return turn(turns[number] ?? {}, request);
  });
  try {
    await using place = await placeWithModel(model.url, "KEY");
    await using sandbox = await makeSandbox();
    const run = async (...args: string[]) => {
      const ran = await sandbox.run([...args, "--state", place.stateDir]);
      expect(ran, args.join(" ")).toMatchObject({ code: 0 });
      return ran.stdout;
    };
    const file = join(place.stateDir, "policy", "policy.json");
    const policy = JSON.parse(await readFile(file, "utf8"));
    policy.tiers.AUTO.approve = ["build"];
    await writeFile(file, JSON.stringify(policy));
    await place.build(origin);

    const first = await place.start();
    await asked(first.client).toEqual(["build of turn 2"]);
    expect(await run("sessions")).toMatch(/^running, asks for build +games\/tilerun/m);
    expect(await run("policy", "explain", origin)).toContain("A person is asked for each call of: build.");
    expect(await run("session", "reject", origin, "look at it once more")).toBe(
      "build of turn 2 is rejected\n",
    );
    await asked(first.client).toEqual(["build of turn 3"]);
    expect(JSON.stringify(model.requests.at(-1)?.json.messages.at(-1))).toContain("look at it once more");
    first.kill();
    await first.client.ended;

    const { client } = await place.start();
    await asked(client).toEqual(["build of turn 3"]);
    expect((await client.call("session/get", { case: origin })).attempt.builds).toBe(0);
    expect(await run("session", origin)).toMatch(/turn 3 waits for your answer .*: build \{\}/);
    await client.call("session/answer", { case: origin, answer: "approve", text: "now it may" });
    const { attempts } = await caseIn(client, origin, "waiting", "escalated");
    expect(attempts).toMatchObject([{ number: 1, outcome: "fixed", turns: 4, builds: 1 }]);
    const { approvals, turns: recorded } = await client.call("session/get", { case: origin });
    expect(approvals?.map(({ turn: at, state, text }) => [at, state, text])).toEqual([
      [2, "rejected", "look at it once more"],
      [3, "approved", "now it may"],
    ]);
    expect(recorded[2]?.calls[0]?.result).toContain('"porter":"now it may"');
    expect(await run("session", "replay", origin)).toMatch(/all 4 requests are the recorded ones/);
    await expect(client.call("session/answer", { case: origin, answer: "approve" })).rejects.toMatchObject({
      kind: "badState",
    });
  } finally {
    await model.close();
  }
}, 120_000);

test("an attempt that waits for an answer can be stopped, and asks for nothing more", async () => {
  const model = await startModelServer((request) => turn(turns[1] ?? {}, request));
  try {
    await using place = await placeWithModel(model.url, "KEY");
    const file = join(place.stateDir, "policy", "policy.json");
    const policy = JSON.parse(await readFile(file, "utf8"));
    policy.tiers.AUTO.approve = ["build"];
    await writeFile(file, JSON.stringify(policy));
    await place.build(origin);
    const { client } = await place.start();
    await asked(client).toEqual(["build of turn 1"]);
    await client.call("case/stop", { case: origin });
    await caseIn(client, origin, "escalated");
    const { attempt, approvals } = await client.call("session/get", { case: origin });
    expect([attempt.outcome, approvals?.map(({ state }) => state)]).toEqual(["stopped", ["dropped"]]);
  } finally {
    await model.close();
  }
}, 120_000);
