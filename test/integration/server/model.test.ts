import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Briefing } from "../../../server/src/protocol/index.ts";
import { type ScriptedTurn, turn } from "../../fixtures/model-server/chunks.ts";
import { startModelServer } from "../../fixtures/model-server/server.ts";
import { caseIn, placeWithModel } from "./place.ts";

const origin = "games/tilerun";
const overlay = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
const key = "sk-canary-5f1d";

const repair: ScriptedTurn[] = [
  {
    text: "A GNU makefile.",
    calls: [{ name: "put_file", arguments: { path: overlay, content: "USES+=\tgmake\n", sha256: null } }],
  },
  { calls: [{ name: "build", arguments: {} }] },
  { calls: [{ name: "finish", arguments: { status: "fixed", summary: "USES=gmake cures it." } }] },
];

test("what no rule knows goes to the configured model, and its fix is proved like any other", async () => {
  const model = await startModelServer((request, index) => turn(repair[index] ?? {}, request));
  try {
    await using place = await placeWithModel(model.url, "CANARY_KEY");
    await place.build(origin);
    const { client } = await place.start({ ...process.env, CANARY_KEY: key });
    const { case: subject, attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
    expect(proofs.map(({ verdict }) => verdict)).toEqual(["proved"]);
    expect(attempts).toMatchObject([{ outcome: "fixed", model: "scripted", turns: 3, builds: 1 }]);
    expect(subject.tokens).toBeGreaterThan(1000);
    const { turns, attempt } = await client.call("session/get", { case: subject.id });
    const { sha256, sections } = attempt.briefing as Briefing;
    const told = await client.call("artifact/read", { sha256 });
    expect(Buffer.from(told.data, "base64").toString()).toBe(model.requests[0]?.json.messages[1]?.content);
    expect(sections.find(({ name }) => name === "playbooks")?.shown).toEqual(["options-and-uses"]);
    expect(turns.map(({ calls }) => calls.map(({ name, ok }) => [name, ok]))).toEqual([
      [["put_file", true]],
      [["build", true]],
      [["finish", true]],
    ]);
    expect(model.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(await filesWith(place.stateDir, key)).toEqual([]);
  } finally {
    await model.close();
  }
});

test("a model that only claims success is refused, and the case goes to a person with what was tried", async () => {
  const claim: ScriptedTurn = {
    calls: [{ name: "finish", arguments: { status: "fixed", summary: "done" } }],
  };
  const give: ScriptedTurn = {
    calls: [{ name: "finish", arguments: { status: "gave-up", summary: "I see no way." } }],
  };
  const model = await startModelServer((request, index) => turn(index % 2 === 0 ? claim : give, request));
  try {
    await using place = await placeWithModel(model.url, "CANARY_KEY");
    await place.build(origin);
    const { client } = await place.start({ ...process.env, CANARY_KEY: key });
    const { case: subject, attempts, proofs } = await caseIn(client, origin, "waiting", "escalated");
    expect(subject.state).toBe("escalated");
    expect(proofs).toEqual([]);
    expect(attempts.length).toBeGreaterThan(0);
    expect(attempts.every(({ outcome, diffSha256 }) => outcome === "gave-up" && diffSha256 === null)).toBe(
      true,
    );
    expect(subject.handOver).toContain("I see no way.");
    expect(subject.handOver).toContain(subject.cause.trim());
  } finally {
    await model.close();
  }
});

/** Files below `folder`, unpacked where they are gzipped, that hold `text`. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const holding: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const raw = await readFile(path);
    const content = path.endsWith(".gz") ? gunzipSync(raw) : raw;
    if (content.includes(text)) holding.push(path);
  }
  return holding;
}
