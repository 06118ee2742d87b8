import { expect, test } from "vitest";
import { addCost, costOfAttempt, costsBy, ModelKeys } from "../../../../server/src/agent/model/configured.ts";
import { LentModels } from "../../../../server/src/agent/model/editors.ts";
import { modelInfos } from "../../../../server/src/agent/model/infos.ts";
import { noUsage } from "../../../../server/src/agent/model/usage.ts";
import { ServerConfig } from "../../../../server/src/config/config.ts";
import { sampleCase } from "../../../fixtures/states/entities.ts";

const price = { uncached: 3, cached: 0.3, output: 15 };
const { models } = ServerConfig.parse({
  models: {
    patch: { model: "big", keyVariable: "BIG_KEY", price },
    others: {
      elsewhere: {
        baseURL: "http://127.0.0.1:8080/v1",
        model: "big",
        keyVariable: "OTHER_KEY",
        price: { ...price, output: 1 },
      },
      free: { baseURL: "http://127.0.0.1:8080/v1", model: "small", keyVariable: "OTHER_KEY" },
    },
  },
});
const usage = { ...noUsage, uncachedTokens: 1001, cachedTokens: 7, outputTokens: 10, reasoningTokens: 5 };

test("a model's cost is in whole millionths, by where it was asked", () => {
  const costOf = costsBy(models);
  expect(costOf({ provider: "api.openai.com", model: "big" }, usage)).toBe(3003 + 2 + 150);
  expect(costOf({ provider: "127.0.0.1", model: "big" }, usage)).toBe(3003 + 2 + 10);
  expect(costOf({ provider: "127.0.0.1", model: "small" }, usage)).toBeNull();
  expect(costOf({ provider: "recipes", model: "recipes" }, usage)).toBeNull();
});

test("turns that another model answered cost what that one asks, the rest what the attempt's own does", () => {
  const costOf = costsBy(models);
  const own = { provider: "api.openai.com", model: "big" };
  const answeredBy = { provider: "127.0.0.1", model: "big", reason: "down" };
  const both = { ...usage, uncachedTokens: 2002, cachedTokens: 14, outputTokens: 20 };
  expect(costOfAttempt(costOf, own, both, [{ usage }, { usage, answeredBy }])).toBe(3155 + 3015);
  expect(costOfAttempt(costOf, own, usage, [{ usage }])).toBe(3155);
  const free = { ...answeredBy, model: "small" };
  expect(costOfAttempt(costOf, own, both, [{ usage, answeredBy: free }])).toBe(3155);
  expect(costOfAttempt(costOf, free, usage, [{ usage }])).toBeNull();
});

test("a case's cost adds up, and stays away where there is none", () => {
  expect(addCost(sampleCase(), null)).toEqual({});
  expect(addCost(sampleCase(), 5)).toEqual({ costMicros: 5 });
  expect(addCost(sampleCase({ costMicros: 7 }), 5)).toEqual({ costMicros: 12 });
});

test("a key that a person gives goes before the environment's; only variables of the configuration have one", () => {
  const keys = new ModelKeys(models, { BIG_KEY: "of-environment", PATH: "/bin" });
  keys.set("OTHER_KEY", "given");
  keys.set("BIG_KEY", "given-too");
  expect([keys.of("BIG_KEY"), keys.of("OTHER_KEY")]).toEqual(["given-too", "given"]);
  expect(() => keys.set("PATH", "x")).toThrow(/nothing has its key in PATH \(known: BIG_KEY, OTHER_KEY\)/);
  expect(keys.all()).toEqual(["given-too", "given"]);
});

test("people are told of each model whether it has a key, and never the key", () => {
  const infos = modelInfos(models, new ModelKeys(models, { BIG_KEY: "sk-canary" }), new LentModels());
  expect(infos.map(({ name, roles, endpoint, hasKey }) => [name, roles, endpoint, hasKey])).toEqual([
    ["patch", ["patch"], "api.openai.com", true],
    ["elsewhere", [], "127.0.0.1:8080", false],
    ["free", [], "127.0.0.1:8080", false],
  ]);
  expect(infos[2]?.price).toBeNull();
  expect(JSON.stringify(infos)).not.toContain("sk-canary");
});
