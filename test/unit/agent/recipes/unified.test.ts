import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeUnified, parseUnified } from "../../../../server/src/agent/recipes/unified.ts";

const line = fc.stringMatching(/^[a-d ]{0,4}$/);
const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.map((one) => `${one}\n`).join(""));

describe("makeUnified", () => {
  test("says nothing of equal texts", () => {
    fc.assert(
      fc.property(text, (same) => {
        expect(makeUnified("a", "b", same, same)).toBe("");
      }),
    );
  });

  test("reads back with as many lines as it announces, and only changes are marked", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = makeUnified("a", "b", before, after);
        if (before === after) return;
        const lines = parseUnified(diff)?.flatMap((file) => file.hunks.flatMap((hunk) => hunk.lines)) ?? [];
        const removed = lines.filter((one) => one.tag === "-").length;
        const added = lines.filter((one) => one.tag === "+").length;
        expect(before.split("\n").length - removed + added).toBe(after.split("\n").length);
      }),
    );
  });

  test("makes diffs that patch(1) takes", () => {
    const folder = mkdtempSync(join(tmpdir(), "portwright-unified-"));
    try {
      fc.assert(
        fc.property(text, text, (before, after) => {
          fc.pre(before !== after && before !== "" && after !== "");
          writeFileSync(join(folder, "list"), before);
          const input = makeUnified("list.orig", "list", before, after);
          execFileSync("patch", ["-s", "-f", "-F", "0", "list"], { cwd: folder, input });
          expect(readFileSync(join(folder, "list"), "utf8")).toBe(after);
        }),
        { numRuns: 40 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("keeps far changes in hunks of their own", () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join("");
    const diff = makeUnified("a", "b", before, before.replace("line 1\n", "").replace("line 18\n", "new\n"));
    expect(diff.match(/^@@.*@@$/gm)).toEqual(["@@ -1,5 +1,4 @@", "@@ -16,5 +15,5 @@"]);
  });
});

describe("parseUnified", () => {
  test("reads several files, time stamps and a missing last line end", () => {
    const patch =
      "$FreeBSD$\n--- src/a.c.orig\t2020-01-01 00:00:00 UTC\n+++ src/a.c\n@@ -3 +3,2 @@ int\n-x\n+y\n+z\n\\ No newline at end of file\n" +
      "--- b\n+++ b\n@@ -1,2 +1 @@\n q\n-r\n";
    expect(parseUnified(patch)).toEqual([
      {
        oldPath: "src/a.c.orig",
        newPath: "src/a.c",
        hunks: [
          {
            ...{ oldStart: 3, newStart: 3, first: 3, last: 7 },
            lines: [
              { tag: "-", text: "x" },
              { tag: "+", text: "y" },
              { tag: "+", text: "z", noNewline: true },
            ],
          },
        ],
      },
      expect.objectContaining({ newPath: "b" }),
    ]);
  });

  test.each([
    ["a context diff", "*** a\n--- a\n***************\n*** 1 ****\n! x\n--- 1 ----\n! y\n"],
    ["a hunk that ends early", "--- a\n+++ a\n@@ -1,3 +1,3 @@\n x\n"],
    ["a line without a mark", "--- a\n+++ a\n@@ -1,2 +1,2 @@\n x\ny\n"],
    ["nothing", ""],
  ])("takes %s for no unified diff", (_name, patch) => {
    expect(parseUnified(patch)).toBeNull();
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (any) => void parseUnified(`--- a\n+++ b\n@@ -1 +1 @@\n${any}`)));
  });
});
