import { expect, test } from "vitest";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { caseIn, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const giveUp: ScriptedTurn = {
  calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }],
};

test("an attempt is told its own words, the case's context and new comments; a comment only once", async () => {
  const model = await startModelServer((request) => turn(giveUp, request));
  try {
    await using place = await placeWithModel(model.url, "CANARY_KEY");
    await place.build(origin);
    const { client } = await place.start({ ...process.env, CANARY_KEY: "k" });
    await caseIn(client, origin, "escalated");
    const say = (kind: "context" | "comment", text: string) =>
      client.call("case/note", {
        ...{ case: origin, kind, text },
        ...(kind === "comment" && {
          steers: true,
          anchor: { diffSha256: "a".repeat(64), path: "ports/x/Makefile.DragonFly", line: 3 },
        }),
      });
    const told = async (context: string) => {
      const before = model.requests.length;
      const { job } = await client.call("case/patch", { case: origin, context });
      await expect
        .poll(
          async () => (await client.call("jobs/list", {})).jobs.find(({ id }) => id === job.id)?.endedAt,
          {
            timeout: 50_000,
          },
        )
        .toBeTypeOf("number");
      return JSON.stringify(model.requests[before]?.json.messages);
    };
    await say("context", "use ninja");
    await say("context", "use gmake");
    await say("comment", "why is this needed?");
    const first = await told("look twice");
    expect(first).toMatch(/look twice.*use gmake.*ports\/x\/Makefile\.DragonFly:3: why is this needed\?/);
    expect(first).not.toContain("use ninja");
    const second = await told("");
    expect(second).toContain("use gmake");
    expect(second).not.toMatch(/why is this needed|look twice/);
    await say("context", "");
    expect(await told("")).not.toContain("use gmake");
  } finally {
    await model.close();
  }
});
