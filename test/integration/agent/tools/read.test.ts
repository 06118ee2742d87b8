import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RESULT_BYTES } from "../../../../server/src/agent/tools/result.ts";
import { sha256 } from "../../../../server/src/agent/tools/text.ts";
import { type Bench, createSample, type Sample } from "../sample.ts";

const ORIGIN = "games/tilerun";
const OVERLAY = `/work/DeltaPorts/ports/${ORIGIN}`;

let sample: Sample;
let bench: Bench;
beforeAll(async () => {
  sample = await createSample();
  bench = await sample.bench(ORIGIN);
});
afterAll(() => sample.remove());

async function made(name: string, content: string): Promise<string> {
  const path = `${OVERLAY}/dragonfly/${name}`;
  await bench.context.environment.files.write(path, Buffer.from(content));
  return path;
}

describe("get_file", () => {
  test("goes through a long file window by window and misses nothing", async () => {
    const content = Array.from(
      { length: 2500 },
      (_, index) => `line ${index + 1} ${"\u00e9".repeat(index % 40)}`,
    ).join("\n");
    const path = await made("long.txt", content);
    let read = "";
    for (let from: unknown = 1; typeof from === "number"; ) {
      const window = await bench.call("get_file", { path, from, lines: 1000 });
      expect(window.facts).toMatchObject({ ok: true, sha256: sha256(content), lines: 2500, from });
      expect(Buffer.byteLength(window.content)).toBeLessThanOrEqual(RESULT_BYTES);
      read += window.body;
      from = window.facts.next;
    }
    expect(read).toBe(content);
  });

  test("one line over the bound is cut, says so, and is read by bytes", async () => {
    const content = "x".repeat(20_000);
    const path = await made("wide.txt", content);
    const window = await bench.call("get_file", { path });
    expect(window.facts.cutLine).toContain("offset");
    let read = "";
    while (read.length < content.length) {
      read += (await bench.call("get_file", { path, offset: read.length, bytes: 7000 })).body;
    }
    expect(read).toBe(content);
  });

  test("empty file, past the end, absent, folder", async () => {
    const empty = await bench.call("get_file", { path: await made("empty", "") });
    expect(empty.facts).toMatchObject({ ok: true, bytes: 0, lines: 0, sha256: sha256("") });
    const past = await bench.call("get_file", { path: await made("short", "a\n"), from: 9 });
    expect(past.facts.error).toContain("1 lines");
    expect((await bench.call("get_file", { path: `${OVERLAY}/absent` })).facts.error).toContain(
      "does not exist",
    );
    expect((await bench.call("get_file", { path: OVERLAY })).facts.error).toContain("list_dir");
  });
});

describe("grep", () => {
  test("what it finds, each path is good for get_file", async () => {
    const found = await bench.call("grep", { path: "/work/freebsd-ports", pattern: "^PORTNAME=.*tilerun" });
    const [path = "", line = ""] = found.body.split(":");
    expect(found.facts).toMatchObject({ ok: true, matches: 1 });
    const read = await bench.call("get_file", { path, from: Number(line), lines: 1 });
    expect(read.body).toContain("tilerun");
  });

  test("no match, a bad pattern, an absent path", async () => {
    const nothing = await bench.call("grep", { path: OVERLAY, pattern: "nowhere-to-be-found" });
    expect(nothing.facts).toMatchObject({ ok: true, matches: 0 });
    expect((await bench.call("grep", { path: "/work/freebsd-ports", pattern: "(" })).facts.error).toContain(
      "grep failed",
    );
    expect((await bench.call("grep", { path: `${OVERLAY}/absent`, pattern: "x" })).facts.ok).toBe(false);
  });

  test("a pattern is never taken for an option", async () => {
    const { facts } = await bench.call("grep", { path: "/work/freebsd-ports/UPDATING", pattern: "--help" });
    expect(facts).toMatchObject({ ok: true, matches: 0 });
  });
});

describe("a result over the bound", () => {
  test("is cut, and the whole is a file that grep and get_file read, also after a build emptied the work folder", async () => {
    const args = { path: "/work/freebsd-ports/Mk", pattern: "[a-z]", max_matches: 200 };
    const found = await bench.call("grep", args);
    expect(Buffer.byteLength(found.content)).toBeLessThanOrEqual(RESULT_BYTES);
    const whole = String(found.facts.whole);
    expect(found.body).toContain(`grep ${whole}`);
    await bench.context.environment.clean();
    const again = await bench.call("grep", { path: whole, pattern: "PORTSDIR" });
    expect(again.facts.ok).toBe(true);
    const { data } = await bench.context.blobs.read(found.spill ?? "");
    const read = await bench.call("get_file", { path: whole });
    expect(read.facts.sha256).toBe(sha256(data));
    expect(data.toString().split("\n")).toHaveLength(200);
  });
});

describe("the failure's own log", () => {
  test("build_log shows its end, and its path is good for grep and get_file", async () => {
    const log = await bench.call("build_log");
    expect(log.facts.ok).toBe(true);
    const path = String(log.facts.path);
    const whole = await bench.call("get_file", { path, lines: 1000 });
    expect(whole.body.endsWith(log.body.slice(-200))).toBe(true);
    const found = await bench.call("grep", { path, pattern: "Phase: build" });
    expect(found.facts.matches).toBeGreaterThan(0);
    const listed = await bench.call("list_dir", { path: path.slice(0, path.lastIndexOf("/")) });
    expect(listed.body).toContain("full.log");
  });

  test("a window from a line, and past the end", async () => {
    expect((await bench.call("build_log", { from: 2, lines: 3 })).facts).toMatchObject({ from: 2, to: 4 });
    expect((await bench.call("build_log", { from: 1_000_000 })).facts.ok).toBe(false);
  });

  test("a bundle without a log", async () => {
    const bare = await sample.bench(ORIGIN);
    bare.context.state.kept.clear();
    expect((await bare.call("build_log")).facts.error).toContain("no log");
  });
});

describe("port_query and env_verify", () => {
  test("values, and names that are none", async () => {
    const { body } = await bench.call("port_query", { variables: ["PORTNAME", "USES", "WRKSRC"] });
    expect(body.split("\n")[0]).toBe("PORTNAME=tilerun");
    expect(body).toContain("WRKSRC=/work/obj/");
    const bad = await bench.call("port_query", { variables: ["A:sh", "$(id)", "PORTNAME"] });
    expect(bad.facts.error).toContain("not names of make variables: A:sh, $(id)");
  });

  test("env_verify says what is there", async () => {
    expect((await bench.call("env_verify")).facts).toMatchObject({
      ok: true,
      origin: ORIGIN,
      upstream: `/work/freebsd-ports/${ORIGIN}`,
      pkgname: "tilerun-1.1",
    });
  });
});

describe("calls that are not right", () => {
  test("unknown tool, bad JSON, wrong and unknown arguments", async () => {
    expect((await bench.call("rm_rf")).facts.error).toContain("there are: list_dir");
    expect((await bench.call("get_file", '{"path":')).facts.error).toContain("not JSON");
    expect((await bench.call("get_file", {})).facts.error).toContain("path");
    expect((await bench.call("get_file", { path: "/work/obj", line: 3 })).facts.error).toContain("line");
    expect((await bench.call("get_file", "[]")).facts.ok).toBe(false);
  });
});

test("no answer shows a folder of the host, and secrets are taken out", async () => {
  const path = await made("secret.txt", "token: ghp_0123456789012345678901234567890123456789\n");
  const answers = [
    await bench.call("get_file", { path }),
    await bench.call("list_dir", { path: OVERLAY }),
    await bench.call("env_verify"),
    await bench.call("build_log", { lines: 1000 }),
  ];
  const shown = answers.map((answer) => answer.content).join("\n");
  expect(shown).not.toContain("ghp_0123456789");
  expect(shown).not.toContain(bench.context.environment.root);
});

test("what a build put in the place of the evidence is not taken for it", async () => {
  const { environment } = bench.context;
  const path = String((await bench.call("build_log", { which: "failure" })).facts.path);
  expect(path).toMatch(/^\/work\/obj\//);
  const before = await bench.call("get_file", { path });
  expect(before.facts.ok).toBe(true);
  await environment.exec({
    argv: ["/bin/sh", "-c", 'rm -f "$1" && echo forged >"$1"', "sh", path],
    timeoutMs: 10_000,
  });
  expect((await bench.call("get_file", { path })).content).toBe(before.content);
});
