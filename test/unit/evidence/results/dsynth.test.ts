import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseListLine } from "../../../../server/src/evidence/results/dsynthLists.ts";
import { parseHistory, parseSummary } from "../../../../server/src/evidence/results/dsynthReport.ts";
import { portKey, secondsOf } from "../../../../server/src/evidence/results/types.ts";

const golden: {
  fresh: { success: string[] };
  failure: string[];
  ignored: string[];
  skipped: string[];
  history: Record<string, [string, string]>;
} = JSON.parse(readFileSync(new URL("../../../fixtures/dsynth/golden/runs.json", import.meta.url), "utf8"));
const { fresh, failure, ignored, skipped, history } = golden;
const said = (lines: string[]) =>
  lines.map(parseListLine).map((result) => result && [portKey(result.origin, result.flavor), result.kind]);

describe("lists", () => {
  test("of recorded runs: every line is understood, and a meta node is no port", () => {
    expect(said(fresh.success)).toEqual([
      ["devel/flv@py39", "built"],
      ["devel/goodlib", "built"],
      ["ports-mgmt/pkg", "built"],
      ["textproc/goodapp", "built"],
      null,
    ]);
    expect(failure.map(parseListLine)).toMatchObject([
      { origin: "devel/badlib", flavor: "", kind: "failed", phase: "build", seconds: 0 },
      { origin: "devel/flv", flavor: "py311", phase: "configure" },
      { origin: "misc/nofetch", phase: "fetch" },
    ]);
    expect(ignored.map(parseListLine)).toMatchObject([
      { kind: "ignored", reason: 'is marked as broken: "does not build" on DragonFly' },
    ]);
    expect(skipped.map((line) => parseListLine(line)?.reason)).toEqual([
      'sysutils/ignoreme->is marked as broken: "does not build" on DragonFly',
      "devel/badlib",
      "www/needbad->devel/badlib",
    ]);
  });

  test.each([
    [
      "of 2019, without the count",
      "[001] FAILURE devel/badlib   build 00:00:01",
      { phase: "build", seconds: 1 },
    ],
    ["with long hours", "[001] SUCCESS lang/rust   123:00:01", { kind: "built", seconds: 442_801 }],
    [
      "of a port left out late",
      "[003] SKIPPD www/a@x 2 - www/b",
      { kind: "skipped", flavor: "x", reason: "www/b" },
    ],
    ["ignored late", "[003] IGNORD www/a 0 - BROKEN", { kind: "ignored", reason: "BROKEN" }],
  ])("a line %s", (_, line, expected) => {
    expect(parseListLine(line)).toMatchObject(expected);
  });

  test.each([
    "",
    "[000] SUCC",
    "[000] SUCCESS nonsense 00:00:01",
    "[000] START   devel/goodlib",
    "x".repeat(9000),
  ])("says nothing: %.30s", (line) => {
    expect(parseListLine(line)).toBeNull();
  });
});

const entry = ([origin, [result, info]]: [string, [string, string]], index: number) =>
  `{\n   "entry":${index + 1}\n   ,"elapsed":"00:01:00"\n   ,"ID":"00"\n   ,"result":"${result}"\n` +
  `   ,"origin":"${origin}"\n   ,"info":"${info}"\n   ,"duration":"00:00:09"\n  }`;
const historyText = `[\n  ${Object.entries(history).map(entry).join("\n  ,")}\n]\n`;

describe("history", () => {
  test("of a recorded run: kinds, phases, reasons and times, without meta nodes", () => {
    const { results, whole } = parseHistory(historyText);
    expect(whole).toBe(true);
    expect(results).toHaveLength(Object.keys(history).length - 1);
    const of = (key: string) => results.find(({ origin, flavor }) => portKey(origin, flavor) === key);
    expect(of("devel/badlib")).toMatchObject({ kind: "failed", phase: "build", seconds: 9, elapsed: 60 });
    expect(of("misc/nofetch")?.phase).toBe("fetch");
    expect(of("sysutils/ignoreme")?.reason).toBe("is marked as broken:  does not build  on DragonFly");
    expect(of("www/needbad")).toMatchObject({ kind: "skipped", reason: "devel/badlib" });
    expect(of("devel/flv")).toBeUndefined();
  });

  test("control bytes and broken UTF-8 do no harm", () => {
    const text = historyText.replace("devel/badlib ", "devel/\u0007bad\tlib \ufffd");
    expect(parseHistory(text)).toMatchObject({ whole: true });
  });

  test("cut anywhere it gives whole entries only, and says that it is not whole", () => {
    const all = parseHistory(historyText).results;
    fc.assert(
      fc.property(fc.nat(historyText.length - 4), (at) => {
        const { results, whole } = parseHistory(historyText.slice(0, at));
        expect(whole).toBe(false);
        expect(results).toEqual(all.slice(0, results.length));
      }),
    );
  });
});

describe("summary", () => {
  const text =
    '{"profile":"Live" ,"kickoff":" 22-Nov-2026 06:35:24 GMT" ,"kfiles":1 ,"active":1 ,"stats":{"queued":11,"built":4,' +
    '"failed":3,"ignored":1,"skipped":2,"remains":1,"meta":1,"elapsed":" 01:00:35","pkghour":720,"impulse":617,' +
    '"swapinfo":"-    ","load":" 11.1"},"builders":[{"ID":"00","elapsed":" 00:02:03","phase":"build",' +
    '"origin":"devel/flv@py39","lines":"1234"},{"ID":"01","elapsed":" --:--:--","phase":"Idle","origin":"","lines":""}]}';

  test("tells what is going on", () => {
    expect(parseSummary(text)).toEqual({
      ...{ profile: "Live", active: true, seconds: 3635, queued: 11, remaining: 1 },
      ...{ built: 4, failed: 3, ignored: 1, skipped: 2, perHour: 720, impulse: 617, load: 11.1 },
      slots: [
        { slot: "00", origin: "devel/flv", flavor: "py39", phase: "build", lines: 1234, seconds: 123 },
        { slot: "01", origin: "", flavor: "", phase: "Idle", lines: 0, seconds: null },
      ],
    });
  });

  test("any text at all gives a summary or null", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (any) => void parseSummary(any)));
    expect(parseSummary(text.slice(0, -5))).toBeNull();
  });
});

test.each([
  ["00:00:07", 7],
  ["02:03", 123],
  [" --:--:--", null],
  ["Shutdown", null],
])("clock %s", (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});
