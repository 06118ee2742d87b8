import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { caseIn, placeWithModel } from "../server/place.ts";
import { makeSandbox } from "./portwright.ts";

const origin = "games/tilerun";
const patience = { timeout: 30_000 };
const look: ScriptedTurn = {
  text: "I look around.",
  calls: [{ name: "list_dir", arguments: { path: `/work/DPorts/${origin}` } }],
};
const giveUp: ScriptedTurn = {
  calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }],
};
const key = "sk-canary-77aa";

test("an attempt is followed, held, spoken to, let go on, and its model chosen, from a shell", async () => {
  const model = await startModelServer((request) => {
    const told = JSON.stringify(request.json.messages).includes("leave it");
    return { ...turn(told ? giveUp : look, request), gapMs: told ? 0 : 150 };
  });
  try {
    await using place = await placeWithModel(model.url, "CANARY_KEY");
    await using sandbox = await makeSandbox();
    const run = async (args: string[], input?: string) => {
      const ran = await sandbox.run([...args, "--state", place.stateDir], input);
      expect(ran, args.join(" ")).toMatchObject({ code: 0 });
      return ran.stdout;
    };
    await place.build(origin);
    const { client } = await place.start();
    expect(await run(["models", "set-key", "CANARY_KEY"], `${key}\n`)).toMatch(
      /^patch +scripted .*CANARY_KEY/m,
    );
    expect(await run(["models"])).not.toMatch(/not set|sk-canary/);
    await expect.poll(() => model.requests.length, patience).toBeGreaterThan(0);

    const following = run(["session", origin, "--follow", "--verbose"]);
    expect(await run(["case", "pause", origin])).toBe("the patch is held at its next turn\n");
    await expect
      .poll(async () => (await client.call("session/get", { case: origin })).live?.paused, patience)
      .toBe(true);
    expect(await run(["sessions"])).toMatch(/^running, paused +games\/tilerun/m);
    expect(await run(["case", "steer", origin, "leave it"])).toBe("told at the next turn\n");
    expect(await run(["session", origin])).toMatch(/not told yet: leave it\nattempt 1: under way/);
    expect(await run(["case", "resume", origin])).toBe("the patch goes on\n");
    const said = await following;
    expect(said).toMatch(/-- turn \d+\n< [^\n]+: leave it\n> finish/);
    expect(said).toMatch(/attempt 1: gave-up\. I see no way\./);

    expect(said).toMatch(/^told first, \d+ of 32000 bytes: .*playbooks \d+ \(options-and-uses\)/m);
    const told = await run(["session", origin, "--attempt", "1", "--told"]);
    expect(told).toMatch(/^### Options, USES/m);
    expect(told.indexOf("### Options")).toBeLessThan(told.indexOf("-- turn 1"));

    await caseIn(client, origin, "escalated");
    expect(await run(["session", "replay", origin, "--attempt", "1"])).toMatch(
      /^turn 1: equal, \d+ bytes\n(turn .*\n)+attempt 1: all \d+ requests are the recorded ones, byte for byte\n$/,
    );
    const refused = await sandbox.run(["case", "steer", origin, "x", "--state", place.stateDir]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("queue it for the next one")]);
    const terms = ["--model", "patch", "--turns", "1", "--minutes", "5"];
    const patched = await sandbox.run(["case", "patch", origin, ...terms, "--state", place.stateDir]);
    expect([patched.code, patched.stdout]).toEqual([1, expect.stringContaining("(scripted) budget")]);
    const { attempts } = await client.call("case/get", { case: origin });
    expect(attempts.at(-1)).toMatchObject({
      outcome: "budget",
      turns: 1,
      budget: { turns: 1, wallMs: 300_000 },
    });
    expect(model.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
    for (const entry of await readdir(place.stateDir, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        expect((await readFile(join(entry.parentPath, entry.name))).includes(key)).toBe(false);
  } finally {
    await model.close();
  }
});
