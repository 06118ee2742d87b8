import { expect, test } from "vitest";
import { caseIn, createPlace } from "./place.ts";

const origin = "games/tilerun";

test("a recipe's repair counts when it is proved, and against it when a person rejects it", async () => {
  await using place = await createPlace();
  await place.build(origin);
  const { client } = await place.start();
  const used = async () => {
    const { recipes } = await client.call("policy/recipes", {});
    return recipes.filter(({ proved, failed }) => proved + failed > 0);
  };
  const { attempts } = await caseIn(client, origin, "waiting", "escalated");
  const [use] = attempts[0]?.recipes ?? [];
  expect(attempts).toMatchObject([{ outcome: "fixed", provider: "recipes", recipes: [{ end: "passed" }] }]);
  const { id, declared } = (await used())[0] ?? {};
  expect(await used()).toMatchObject([{ id: use?.id, proved: 1, failed: 0, confidence: declared }]);
  const { text } = await client.call("policy/explain", { case: origin });
  expect(text).toContain(`- ${id} (${declared} confidence, declared ${declared}; 1 of 1 repairs proved)`);
  await client.call("case/decide", {
    case: origin,
    decision: "reject",
    who: "ann",
    reason: "gmake is not it",
  });
  const byClass = [{ classification: use?.classification, proved: 0, failed: 1 }];
  expect(await used()).toMatchObject([{ id, proved: 0, failed: 1, byClass }]);
});
