import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distillText, dsynthLog } from "./frames.ts";

const ERROR = "src/a.c:9:3: error: use of undeclared identifier 'SO_SETFIB'";
const LOG = dsynthLog("build", `===>  Building for sample-1.0\n${ERROR}\n*** Error code 1\n\nStop.`);
/** Pieces of real messages, to make random text that the matchers look at. */
const PIECES = [
  "error: ",
  "\n",
  "\r",
  "===> ",
  "-- Phase: build",
  ": not found",
  "'",
  "`x'",
  "Hunk #1 failed at",
  "/",
  ":1:2: ",
  "\u001b[",
  "\u0000",
  "\ud800",
  "FAILED 00:00:01\n",
  "%",
  "*** Error code 127\n",
  "(ignored)",
  "CMake Error at ",
  "No such file or directory",
  "\u202e",
  "|--- a",
  "€",
  "--- a.o ---\n",
  "gmake[1]: Entering directory '/x'\n",
  "gmake[1]: *** [Makefile:1: a.o] Error 1\n",
  "FAILED: a.o\n",
  "[1/2] CC a.o\n",
  "configure:12: checking for x\n",
  "a.c:1:1: error: expected x\n",
];

describe("any bytes", () => {
  test("are read without an error, within the budget", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 4000 }),
          fc
            .array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 200 })
            .map((all) => Buffer.from(all.join(""))),
        ),
        fc.integer({ min: 0, max: 3000 }),
        async (bytes, extractBytes) => {
          const found = await distillText(bytes, { extractBytes });
          expect(found.bytes).toBe(bytes.length);
          expect(Buffer.byteLength(found.extract)).toBeLessThanOrEqual(extractBytes);
          expect(found.findings.length).toBeLessThanOrEqual(200);
          expect(found.lines).toBe(lineCount(bytes));
          expect(JSON.parse(JSON.stringify(found))).toEqual(found);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("give one answer however they are cut into pieces", async () => {
    const whole = await distillText(LOG);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (piece) => {
        expect(await distillText(LOG, {}, piece)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  test("a random front does not hide a cause, nor shift its place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (front) => {
        const found = await distillText(Buffer.concat([front, Buffer.from("\n"), Buffer.from(LOG)]));
        expect(found.cause?.text).toBe(ERROR);
        expect(found.cause?.offset).toBe(front.length + 1 + LOG.indexOf(ERROR));
      }),
      { numRuns: 100 },
    );
  });
});

describe("large and odd logs", () => {
  test("a line of 10 MB is bounded, and what follows it is read", async () => {
    const found = await distillText(`${"x".repeat(10_000_000)}\n${LOG}`);
    expect(found.cause).toMatchObject({ kind: "undeclared", line: LOG.split("\n").indexOf(ERROR) + 2 });
    expect(found.extract.length).toBeLessThan(8192);
  });

  test("an error in the midst of a huge line is still seen", async () => {
    const found = await distillText(
      `${"x ".repeat(400_000)}ld: error: undefined symbol: deep_inside ${" y".repeat(400_000)}\n`,
    );
    expect(found.cause).toMatchObject({ kind: "undefined-reference", line: 1 });
  });

  test("NULs and broken UTF-8 beside a message do not hide it", async () => {
    const found = await distillText(
      Buffer.concat([Buffer.from([0, 0xff, 0xfe, 10]), Buffer.from(LOG), Buffer.from([0xc3, 0, 0xe2, 0x80])]),
    );
    expect(found.cause?.kind).toBe("undeclared");
  });

  test("thousands of errors leave a bounded account that begins with the first", async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `a.c:${index}:1: error: use of undeclared identifier 'v${index}x'`,
    );
    const found = await distillText(dsynthLog("build", lines.join("\n")));
    expect(found.cause?.symbol).toBe("v0x");
    expect(found.findings.length).toBeLessThanOrEqual(200);
    expect(found.findings.at(-1)?.symbol).toBe("v19999x");
  });

  test("thousands of phases are bounded", async () => {
    const log = "===>  Building for a-1\n===>  Staging for a-1\n".repeat(5000) + ERROR;
    expect((await distillText(log)).cause?.kind).toBe("undeclared");
  });

  test("lines made to backtrack cost no more than others", async () => {
    const evil = [
      "error: ",
      "not found",
      "Hunk",
      "'",
      " ",
      "a/",
      "undefined symbol",
      "::1:",
      "sed: ",
      "/a/stage/",
      "ld: ",
    ];
    let slowest = 0;
    for (const one of evil) {
      for (const two of evil) {
        const line = `${one}${two.repeat(40)}${one.repeat(900)}error: x: not found No such file or directory`;
        const started = performance.now();
        await distillText(line.slice(0, 4000));
        slowest = Math.max(slowest, performance.now() - started);
      }
    }
    // Patterns that backtrack would take seconds a line; this is a bound on growth, not on speed.
    expect(slowest).toBeLessThan(1000);
  });
});

function lineCount(bytes: Uint8Array): number {
  const newlines = bytes.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
  const last = bytes.at(-1);
  return newlines + (bytes.length > 0 && last !== 10 ? 1 : 0);
}
