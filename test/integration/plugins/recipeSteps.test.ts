import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { caseIn, createPlace, policyWithoutRecipes } from "../server/place.ts";

const plugin = join(import.meta.dirname, "../../fixtures/plugins/steps/plugin.ts");
const origin = "games/tilerun";
const recipe = {
  id: "toy-gmake",
  title: "Build with GNU make by a plugin",
  classes: ["build-system-error"],
  match: [{ kind: "gnu-makefile" }],
  steps: [
    {
      ...{ do: "plugin", name: "toy/add-use" },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a recipe's own placeholder
      values: { word: "gmake", makefile: "${makefile}" },
      reads: [{ in: "overlay", path: "Makefile.DragonFly" }],
    },
  ],
  confidence: "high",
  explanation: "The makefile is written in GNU make's language.",
};

test("a recipe in data repairs a port by a step of a plugin", async () => {
  await using place = await createPlace();
  const policy = await policyWithoutRecipes(place);
  await place.change((config) => {
    Object.assign(config, { plugins: [plugin], policy });
  });
  await writeFile(join(policy, "recipes/toy-gmake.json"), JSON.stringify(recipe));
  await place.build(origin);
  const { client } = await place.start();
  const subject = await caseIn(client, origin, "waiting", "escalated");
  expect(subject.proofs).toMatchObject([{ verdict: "proved" }]);
  expect(subject.attempts).toMatchObject([
    {
      ...{ outcome: "fixed", provider: "recipes", recipes: [{ id: "toy-gmake", end: "passed" }] },
      summary: expect.stringContaining(`${origin} uses gmake, for `),
    },
  ]);
  expect(await client.call("policy/check", {})).toMatchObject({ problems: [] });
});
