import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { windowOf } from "../../../../server/src/agent/tools/lines.ts";
import { nearestLines } from "../../../../server/src/agent/tools/nearest.ts";
import { patchedFiles, sectionFor } from "../../../../server/src/agent/tools/patchText.ts";
import { parseResult, renderResult, withNote } from "../../../../server/src/agent/tools/result.ts";
import { fitBytes, headBytes, sha256, tailBytes } from "../../../../server/src/agent/tools/text.ts";

const text = fc.string({ unit: "grapheme", maxLength: 400 });

describe("cutting by bytes", () => {
  test("never splits a character and keeps to the bound", () => {
    fc.assert(
      fc.property(text, fc.nat(500), (whole, bytes) => {
        for (const part of [headBytes(whole, bytes), tailBytes(whole, bytes)])
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(bytes);
        // A character that was split would be another one in the part.
        expect(whole.startsWith(headBytes(whole, bytes))).toBe(true);
        expect(whole.endsWith(tailBytes(whole, bytes))).toBe(true);
      }),
    );
  });

  test("a text that fits is left alone, another one says how much is gone", () => {
    expect(fitBytes("abc", 3)).toBe("abc");
    const cut = fitBytes("x".repeat(5000), 1000, "look there");
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1000);
    expect(cut).toContain("4000 bytes or more cut here; look there");
  });
});

describe("results", () => {
  test("what is rendered is read back, also with text that looks like a first line", () => {
    fc.assert(
      fc.property(fc.boolean(), text, text, (ok, value, body) => {
        const content = renderResult({ ok, facts: { value }, body });
        expect(parseResult(content)).toEqual({ facts: { ok, value }, body });
        const noted = parseResult(withNote(withNote(content, "one."), "two."));
        expect(noted).toEqual({ facts: { ok, value, note: "one. two." }, body });
      }),
    );
  });

  test("text without a first line of ours is no result", () => {
    for (const content of ["", "plain", '{"a":1}', '"ok"', "null\n{}"]) {
      expect(() => parseResult(content)).toThrow(SyntaxError);
    }
  });
});

describe("line windows", () => {
  async function* pieces(content: Buffer, size: number) {
    for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
  }

  test("are the same however the chunks fall, and count the whole", async () => {
    const lines = fc.array(
      fc.string({ maxLength: 20 }).map((line) => line.replaceAll("\n", "")),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 35 }),
        fc.integer({ min: 1, max: 9 }),
        async (given, ended, size, from, count) => {
          const content = Buffer.from(given.join("\n") + (ended && given.length > 0 ? "\n" : ""));
          const all = content
            .toString()
            .split(/(?<=\n)/)
            .filter((line) => line !== "");
          const window = await windowOf(pieces(content, size), from, count);
          expect(window.content.toString()).toBe(all.slice(from - 1, from - 1 + count).join(""));
          expect(window).toMatchObject({ lines: all.length, bytes: content.length, sha256: sha256(content) });
          const tail = await windowOf(pieces(content, size), null, count);
          expect(tail.content.toString()).toBe(all.slice(-count).join(""));
          expect(tail.to).toBe(all.length);
        },
      ),
    );
  });

  test("a line of 10 MB is not held whole", async () => {
    const window = await windowOf(pieces(Buffer.alloc(10_000_000, 97), 65_536), 1, 5);
    expect(window.content.length).toBeLessThanOrEqual(64 * 1024);
    expect(window).toMatchObject({ bytes: 10_000_000, lines: 1 });
  });
});

describe("patches as text", () => {
  const patch =
    "Comment\n--- src/a.c.orig\t2026-01-01 00:00:00 UTC\n+++ src/a.c\n@@ -1 +1 @@\n-x\n+y\n" +
    "--- /dev/null\n+++ ./new.h\n@@ -0,0 +1 @@\n+z\n" +
    "*** old/b.c.orig\t2001\n--- old/b.c\t2001\n***************\n*** 1,2 ****\n! a\n--- 1,2 ----\n! b\n" +
    "--- gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-q\n";

  test("name the files that they change", () => {
    expect(patchedFiles(patch)).toEqual(["src/a.c", "new.h", "old/b.c", "gone.c"]);
    expect(patchedFiles("no patch at all")).toEqual([]);
  });

  test("come apart by file", () => {
    expect(sectionFor(patch, "new.h")).toBe("--- /dev/null\n+++ ./new.h\n@@ -0,0 +1 @@\n+z\n");
    expect(sectionFor(patch, "absent")).toBe("");
  });
});

test("nearest lines: whitespace first, then shared words, nothing when nothing is like it", () => {
  const file = "all:\n\tcc -o tool tool.c\nclean:\n\trm -f tool\n";
  expect(nearestLines(file, "    cc -o tool tool.c").split("\n")[0]).toBe('2: "\\tcc -o tool tool.c"');
  expect(nearestLines(file, "rm tool").split("\n")[0]).toBe('4: "\\trm -f tool"');
  expect(nearestLines(file, "zzz")).toBe("");
});
