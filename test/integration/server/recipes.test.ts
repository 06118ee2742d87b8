/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SessionRow } from "../../../server/src/protocol/index.ts";
import { addPort } from "../../fixtures/ports/addPort.ts";
import { caseIn, createPlace, type Place, policyOf } from "./place.ts";

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

/** A port whose build goes on until the file `go` is there; it makes `began`. The distfiles are what build and test share. */
async function addSlowPort({ trees: { dports, distfiles } }: Place): Promise<{ began: string; go: string }> {
  const wait = "@touch ${DISTDIR}/began; until [ -e ${DISTDIR}/go ]; do sleep 0.1; done";
  await addPort({ tree: dports, distfiles }, "misc/slow", `NO_ARCH=\tyes\ndo-build:\n\t${wait}\n`);
  return { began: join(distfiles, "began"), go: join(distfiles, "go") };
}

test("a repair waits for the bulk run that builds, from the server's first moment to the run's end", async () => {
  await using place = await createPlace();
  const policy = await policyOf(place);
  const file = join(policy, "policy.json");
  await writeFile(
    file,
    JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), whileBulkRuns: "wait" }),
  );
  await place.change((config) => {
    config.policy = policy;
  });
  const { began, go } = await addSlowPort(place);
  await place.build(origin);
  const { finished } = place.begin("misc/slow");
  try {
    await expect.poll(() => existsSync(began), { timeout: 50_000 }).toBe(true);
    const { client } = await place.start();
    const rows = async (): Promise<SessionRow[]> => (await client.call("sessions/list", {})).sessions;
    const waits = expect.stringMatching(/^run .* is live here( with \d+ ports to go)?, and the policy/);
    await expect
      .poll(rows, { timeout: 50_000 })
      .toMatchObject([{ group: "queued", job: { kind: "patch" }, waits }]);
    const { case: subject, attempts } = await client.call("case/get", { case: origin });
    expect([subject.state, attempts]).toEqual(["triaged", []]);
    await writeFile(go, "");
    await finished;
    expect((await caseIn(client, origin, "waiting", "escalated")).proofs).toMatchObject([
      { verdict: "proved" },
    ]);
  } finally {
    await writeFile(go, "");
    await finished;
  }
});
