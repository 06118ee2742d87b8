import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Turn } from "../../../server/src/protocol/index.ts";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { sampleAttempt, sampleJob, sampleTurn } from "../../fixtures/states/entities.ts";
import { seedCases } from "../rpc/services.ts";
import { makeSandbox, type Sandbox } from "./portwright.ts";

const origin = "devel/one";
const form: NonNullable<NonNullable<Turn["trace"]>["request"]>["form"] = {
  ...{ model: "scripted", maxOutputTokens: 500, tokenLimit: "max_tokens" },
  ...{ reasoning: "present", reasoningField: null, streamUsage: true, extras: true },
};

/** A server over one case with two attempts: one of an older server, and one whose record is not what was sent. */
async function serve({ folder, stateDir, run }: Sandbox): Promise<void> {
  await mkdir(stateDir, { mode: 0o700 });
  const config = { evidence: join(folder, "evidence"), automation: { enabled: false } };
  await writeFile(join(stateDir, "portwright.json"), JSON.stringify(config));
  const store = openStore({ dir: stateDir, now: Date.now });
  seedCases(store, { id: "one", origin });
  const put = (text: string) => store.blobs.put(Buffer.from(text));
  const opening = {
    ...{ system: await put("You repair."), context: await put("It fails."), nonce: "n" },
    tools: await put("[]"),
  };
  const request = { form, sha256: "0".repeat(64), bytes: 9, fields: {}, kept: 0, messages: [] };
  const budget = { tokens: 9000, turns: 3, builds: 1, wallMs: 60_000 };
  const base = { caseId: "one", provider: "scripted", model: "scripted", budget };
  store.append([
    { type: "job/changed", payload: sampleJob({ caseId: "one", state: "done" }) },
    { type: "attempt/changed", payload: sampleAttempt({ ...base, id: "a1", number: 1 }) },
    {
      type: "turn/recorded",
      payload: sampleTurn({ attemptId: "a1", number: 1, text: "<img src=x onerror=alert(1)>" }),
    },
    { type: "attempt/changed", payload: sampleAttempt({ ...base, id: "a2", number: 2, outcome: "stopped" }) },
    {
      type: "turn/recorded",
      payload: sampleTurn({
        ...{ attemptId: "a2", number: 1, calls: [] },
        trace: { opening, heard: [], finish: "stop", elapsedMs: 5, request },
      }),
    },
  ]);
  store.close();
  expect(await run(["serve"])).toMatchObject({ code: 0, stderr: "" });
}

test("a replay says where a record differs, and what it lacks", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox);
  const differing = await sandbox.run(["session", "replay", origin]);
  expect(differing).toMatchObject({ code: 1, stderr: "" });
  expect(differing.stdout).toMatch(
    /^turn 1: differs at byte 1 of \d+: model, another value\nattempt 2: not the recorded session\n$/,
  );
  const told = await sandbox.run(["session", "replay", origin, "--attempt", "2", "--json"]);
  expect(told.code).toBe(1);
  expect(JSON.parse(told.stdout)).toMatchObject({
    ...{ attempt: 2, equal: false, end: null },
    turns: [{ turn: 1, difference: { byte: 1, part: "model" } }],
  });
  const old = await sandbox.run(["session", "replay", origin, "--attempt", "1"]);
  expect(old).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("of an older server") });
  expect((await sandbox.run(["session", "replay", origin, "--attempt", "9"])).code).toBe(3);
});

test("an attempt is written out as JSON lines, to a new file only", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox);
  const file = join(sandbox.folder, "session.jsonl");
  const written = await sandbox.run(["session", "export", origin, "--jsonl", file]);
  expect(written).toMatchObject({ code: 0, stderr: "" });
  const text = await readFile(file, "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual(["case", "attempt", "opening", "turn"]);
  expect(lines[2]).toMatchObject({ system: "You repair.", context: "It fails." });
  expect(lines[3]).toMatchObject({ number: 1, trace: { finish: "stop" } });
  const again = await sandbox.run(["session", "export", origin, "--attempt", "1", "--jsonl", file]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("is there already") });
  expect(await readFile(file, "utf8")).toBe(text);
  expect((await sandbox.run(["session", "export", origin])).code).toBe(2);
  const both = await sandbox.run(["session", "export", origin, "--html", "--jsonl", `${file}2`]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be used with") });
});

test("an attempt is written out as a page that runs nothing", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox);
  const out = join(sandbox.folder, "page.html");
  const page = ["session", "export", origin, "--attempt", "1", "--html", "--out", out];
  const told = await sandbox.run([...page, "--json"]);
  expect(JSON.parse(told.stdout)).toEqual({ case: origin, attempt: 1, turns: 1, output: out });
  const written = await readFile(out, "utf8");
  expect(written).toContain("<h1>devel/one: Attempt 1</h1>");
  expect(written).toContain("&#60;img src=x onerror=alert(1)&#62;");
  expect(written).not.toContain("<img");
  expect(await sandbox.run(page)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is there already"),
  });
  expect(await readFile(out, "utf8")).toBe(written);
});
