import { describe, expect, test } from "vitest";
import { createSparing } from "../../../../server/src/agent/loop/sparing.ts";
import { parseResult, renderResult } from "../../../../server/src/agent/tools/result.ts";

const long = "a line of some file that is shown\n".repeat(20);
const other = long.toUpperCase();

/** Answers each call with the next of these. */
function sparing(
  ...answers: { facts?: Record<string, unknown>; body?: string; ok?: boolean; spill?: string }[]
) {
  let ran = 0;
  const { execute, begin } = createSparing(async () => {
    const { facts = {}, body = "", ok = true, spill = null } = answers[ran++] ?? {};
    return { ok, content: renderResult({ ok, facts, body }), spill, effect: "read" };
  });
  const call = async (name: string, args: unknown = {}) =>
    parseResult((await execute({ id: "c", name, arguments: JSON.stringify(args) })).content);
  return { call, begin, ran: () => ran };
}

const lines = (from: number, to: number, more = {}) => ({ path: "/work/x", sha256: "1", from, to, ...more });

describe("a text that stands above", () => {
  test("is named by the call that it answered, with all facts of the new answer", async () => {
    const { call } = sparing({ facts: { n: 1 }, body: long }, { facts: { n: 2 }, body: long });
    expect((await call("grep", { pattern: "a" })).body).toBe(long);
    const { facts, body } = await call("build_log");
    expect(body).toBe("");
    expect(facts).toMatchObject({ ok: true, n: 2, same: expect.stringContaining('grep {"pattern":"a"}') });
  });

  test("is told once more where it is short, and a refusal's stays a refusal", async () => {
    const { call } = sparing({ body: "short" }, { body: "short" }, { body: long }, { body: long, ok: false });
    await call("grep");
    expect((await call("grep")).body).toBe("short");
    await call("build");
    expect((await call("build")).facts).toMatchObject({ ok: false, same: expect.any(String) });
  });
});

describe("what a call is answered after it was answered otherwise", () => {
  const first = { facts: lines(1, 20), body: long };

  test.each([
    ["another text", { facts: lines(1, 20, { sha256: "2" }), body: other }],
    ["a short one", { facts: lines(1, 1, { sha256: "2" }), body: "short" }],
  ])("is told once more: with %s between, its words mean either", async (_what, between) => {
    const { call } = sparing(first, between, first, first);
    const read = async () => (await call("get_file", { path: "/work/x" })).body;
    expect(await read()).toBe(long);
    expect(await read()).toBe(between.body);
    expect(await read()).toBe(long);
    expect(await read()).toBe("");
  });

  test("is told once more after that was to be found elsewhere", async () => {
    const { call } = sparing(
      { body: other },
      first,
      { facts: lines(1, 20, { sha256: "2" }), body: other },
      first,
    );
    await call("grep");
    await call("get_file");
    expect((await call("get_file")).facts.same).toContain("grep");
    expect((await call("get_file")).body).toBe(long);
  });
});

describe("lines of a file", () => {
  test("within a window that was shown are not told again", async () => {
    const { call } = sparing({ facts: lines(1, 80), body: long }, { facts: lines(20, 60), body: other });
    await call("get_file", { from: 1 });
    expect((await call("get_file", { from: 20 })).body).toBe("");
  });

  test("of which the middle was cut are told", async () => {
    const { call } = sparing(
      { facts: lines(1, 80), body: long, spill: "whole" },
      { facts: lines(20, 60), body: other },
    );
    await call("get_file", { from: 1 });
    expect((await call("get_file", { from: 20 })).body).toBe(other);
  });

  test.each([
    ["that go on beyond it", lines(20, 81)],
    ["that begin before it", lines(0, 60)],
    ["of a file that was changed", lines(20, 60, { sha256: "2" })],
    ["of another file", lines(20, 60, { path: "/work/y" })],
    ["that were not shown whole", lines(20, 60, { cutLine: "too long" })],
    ["of another encoding", lines(20, 60, { encoding: "base64" })],
  ])("%s are", async (_what, facts) => {
    const { call } = sparing({ facts: lines(1, 80), body: long }, { facts, body: other });
    await call("get_file", { from: 1 });
    expect((await call("get_file", { from: 20 })).body).toBe(other);
  });
});

describe("a build", () => {
  test("is not run after a refused edit of the same answer, but in the next one", async () => {
    const { call, begin, ran } = sparing({ ok: false, facts: { error: "no" } }, {}, {});
    await call("put_file");
    const { facts } = await call("build");
    expect(facts).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^not executed: put_file before it/),
    });
    expect(ran()).toBe(1);
    begin();
    expect((await call("build")).facts.ok).toBe(true);
  });

  test("is not run after an edit that is wrong in something, until that file was mended", async () => {
    const [path, other] = ["/work/x", "/work/y"];
    const { call, begin, ran } = sparing(
      { facts: { path, wrong: ["line 3: a command begins with a tab"] } },
      { facts: { path: other } },
      { facts: { path } },
      {},
      { facts: { path, wrong: ["line 4"] } },
      {},
    );
    await call("put_file");
    await call("put_file");
    expect((await call("build")).facts.error).toMatch(
      /^not executed: put_file before it left something wrong/,
    );
    expect(ran()).toBe(2);
    await call("replace_in_file");
    expect((await call("build")).facts.ok).toBe(true);
    await call("put_file");
    begin();
    expect((await call("build")).facts.ok).toBe(true);
  });

  test("is run after a refused look or an edit that was made", async () => {
    const { call } = sparing({ ok: false, facts: { error: "no" } }, {}, {});
    await call("get_file");
    await call("put_file");
    expect((await call("build")).facts.ok).toBe(true);
  });
});
