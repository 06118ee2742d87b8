import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PolicyFile } from "../../../server/src/policy/schema.ts";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { caseIn, type Place, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const env = { ...process.env, CANARY_KEY: "k" };
const giveUp: ScriptedTurn = {
  calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }],
};

async function changePolicy({ stateDir }: Place, edit: (policy: PolicyFile) => void): Promise<void> {
  const file = join(stateDir, "policy/policy.json");
  const policy = JSON.parse(await readFile(file, "utf8"));
  edit(policy);
  await writeFile(file, JSON.stringify(policy));
}

test("a failure that attempts did not mend is refused to whoever asks again, until something new is said", async () => {
  const model = await startModelServer((request) => turn(giveUp, request));
  try {
    await using place = await placeWithModel(model.url, "CANARY_KEY");
    await changePolicy(place, ({ tiers }) => {
      for (const tier of [tiers.AUTO, tiers.ASSIST])
        Object.assign(tier, { attempts: 2, attemptsPerFailure: 2 });
    });
    await place.build(origin);
    const { client } = await place.start(env);
    await caseIn(client, origin, "escalated");
    expect(model.requests).toHaveLength(2);
    const again = () => client.call("case/patch", { case: origin });
    await expect(again()).rejects.toMatchObject({
      message: expect.stringMatching(/2 attempts at this same failure.*case context games\/tilerun TEXT/),
    });
    const { text } = await client.call("policy/explain", { case: origin });
    expect(text).toContain("2 of 2, so no more are made until there is new context");
    await client.call("case/note", { case: origin, kind: "context", text: "use gmake" });
    await again();
    await expect.poll(() => model.requests.length, { timeout: 50_000 }).toBe(4);
  } finally {
    await model.close();
  }
});

test("a target that is off costs nothing: no model is asked, no attempt made, and nobody can ask for one", async () => {
  const model = await startModelServer((request) => turn(giveUp, request));
  try {
    await using place = await placeWithModel(model.url, "CANARY_KEY");
    await changePolicy(place, (policy) => {
      policy.trees = [{ name: "frozen", targets: ["*"], agent: "off", reason: "the branch is frozen" }];
    });
    await place.build(origin);
    const { client } = await place.start(env);
    const { case: subject, attempts } = await caseIn(client, origin, "escalated");
    expect(attempts).toEqual([]);
    expect(subject.decision).toMatchObject({
      tier: "MANUAL",
      rules: expect.arrayContaining(["tree:frozen"]),
    });
    expect(subject.handOver).toContain("the branch is frozen");
    await expect(client.call("case/patch", { case: origin, tier: "AUTO" })).rejects.toMatchObject({
      message: expect.stringMatching(/leaves this to a person, whoever asks: the branch is frozen/),
    });
    expect(model.requests).toEqual([]);
  } finally {
    await model.close();
  }
});
