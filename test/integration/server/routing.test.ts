import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PolicyFile } from "../../../server/src/policy/schema.ts";
import type { Usage } from "../../../server/src/protocol/index.ts";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { caseIn, git, type Place, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const env = { ...process.env, CANARY_KEY: "k" };
const giveUp: ScriptedTurn = {
  calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }],
};
const overlay = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const repair: ScriptedTurn[] = [
  { calls: [{ name: "put_file", arguments: { path: overlay, content: "USES+=\tgmake\n", sha256: null } }] },
  { calls: [{ name: "build", arguments: {} }] },
  { calls: [{ name: "finish", arguments: { status: "fixed", summary: "USES=gmake cures it." } }] },
];

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

test("while the usual model is down others are asked in turn, and the record says which one answered", async () => {
  const down = await startModelServer(() => ({ status: 401, body: { error: { message: "who are you" } } }));
  const model = await startModelServer((request, index) => turn(repair[index] ?? {}, request));
  try {
    const price = { uncached: 1, cached: 1, output: 1 };
    await using place = await placeWithModel(down.url, "CANARY_KEY", {
      second: { baseURL: model.url, model: "second", keyVariable: "CANARY_KEY", price },
    });
    await place.change(({ models }) => {
      (models as { patch: object }).patch = { ...(models as { patch: object }).patch, failover: ["second"] };
    });
    await place.build(origin);
    const { client } = await place.start(env);
    const { attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
    expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
    const tokens = ({ uncachedTokens, cachedTokens, outputTokens }: Usage) =>
      uncachedTokens + cachedTokens + outputTokens;
    expect(attempts).toMatchObject([{ outcome: "fixed", model: "scripted", turns: 3 }]);
    expect(attempts[0]?.costMicros).toBe(attempts[0] && tokens(attempts[0].usage));
    const { turns } = await client.call("session/get", { case: origin });
    const answeredBy = { model: "second", reason: expect.stringMatching(/refused the key.*who are you/) };
    expect(turns).toMatchObject([{ answeredBy }, { answeredBy }, { answeredBy }]);
    expect(down.requests).toHaveLength(1);
    const { models } = await client.call("models/list", {});
    expect(models.map(({ name, failover }) => [name, failover])).toEqual([
      ["patch", ["second"]],
      ["second", undefined],
    ]);
  } finally {
    await down.close();
    await model.close();
  }
});

test("what the usual model did not mend goes to the stronger one that the policy names", async () => {
  let strong = 0;
  const model = await startModelServer((request) => {
    if (request.json.model === "scripted") return turn(giveUp, request);
    strong += 1;
    return turn(repair[strong - 1] ?? {}, request);
  });
  try {
    const others = { strong: { baseURL: model.url, model: "giant", keyVariable: "CANARY_KEY" } };
    await using place = await placeWithModel(model.url, "CANARY_KEY", others);
    await changePolicy(place, ({ tiers }) => {
      for (const tier of [tiers.AUTO, tiers.ASSIST])
        Object.assign(tier, { attempts: 3, escalate: { after: 1, model: "strong" } });
    });
    await place.build(origin);
    const { client } = await place.start(env);
    const { attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
    expect(attempts.map((one) => [one.model, one.outcome])).toEqual([
      ["scripted", "gave-up"],
      ["giant", "fixed"],
    ]);
    expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
  } finally {
    await model.close();
  }
});

test("a proved fix is tried on a port with the same failure that no rule knows and no model is there for", async () => {
  const model = await startModelServer((request, index) => turn(repair[index] ?? {}, request));
  try {
    const others = { asked: { baseURL: model.url, model: "asked", keyVariable: "CANARY_KEY" } };
    await using place = await placeWithModel(model.url, "CANARY_KEY", others);
    await place.change((config) => {
      config.models = { others };
    });
    const twin = "games/tiletwin";
    for (const tree of [place.trees.freebsdPorts, place.trees.dports]) {
      await cp(join(tree, origin), join(tree, twin), { recursive: true });
      await git(tree, "add", "-A", "-f", ".");
      await git(tree, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "Add a twin");
    }
    await place.build(origin, twin);
    const { client } = await place.start(env);
    const lost = await caseIn(client, twin, "escalated");
    expect(lost.attempts).toEqual([]);
    const { case: first } = await caseIn(client, origin, "escalated");
    expect(first.signature).toBe(lost.case.signature);
    await client.call("case/patch", { case: origin, model: "asked" });
    const { attempts, proofs, jobs } = await caseIn(client, twin, "waiting");
    expect(attempts).toMatchObject([
      {
        outcome: "fixed",
        provider: "recipes",
        usage: { uncachedTokens: 0, cachedTokens: 0, outputTokens: 0 },
      },
    ]);
    expect(attempts[0]?.summary).toContain(`The proved fix of ${origin}`);
    expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
    expect(jobs.find(({ kind }) => kind === "patch")).toMatchObject({ kin: true, requestedBy: "automation" });
    expect(model.requests).toHaveLength(repair.length);
  } finally {
    await model.close();
  }
});

test("a server does not start on a policy that names a model it does not have", async () => {
  await using place = await placeWithModel("http://127.0.0.1:1/v1", "CANARY_KEY");
  await changePolicy(place, ({ tiers }) => {
    tiers.AUTO.escalate = { after: 1, model: "strong" };
  });
  await expect(place.start(env)).rejects.toThrow(/tiers\.AUTO\.escalate\.model: .*no model strong/);
});
