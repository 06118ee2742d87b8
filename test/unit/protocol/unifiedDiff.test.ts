import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  applyFileDiff,
  diffPath,
  parseUnifiedDiff,
  removedText,
  withoutHunks,
} from "../../../server/src/protocol/unifiedDiff.ts";

const folder = mkdtempSync(join(tmpdir(), "portwright-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What git says that leads from one text to the other. */
function gitDiff(before: string, after: string, unified: number): string {
  writeFileSync(join(folder, "before"), before);
  writeFileSync(join(folder, "after"), after);
  const run = spawnSync("git", ["diff", "--no-index", `-U${unified}`, "before", "after"], {
    cwd: folder,
    encoding: "utf8",
  });
  return run.stdout;
}

const text = fc
  .tuple(
    fc.array(fc.constantFrom("", "a", "b", "\tc", "-- d", "++ e", "\\ f", "é"), { maxLength: 30 }),
    fc.boolean(),
  )
  .map(([lines, ends]) => lines.join("\n") + (ends && lines.length > 0 ? "\n" : ""));

describe("applyFileDiff", () => {
  it("agrees with git on any texts, whatever the context", () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, unified) => {
        fc.pre(before !== after);
        const [file] = parseUnifiedDiff(gitDiff(before, after, unified)) ?? [];
        expect(file && applyFileDiff(before, file)).toBe(after);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses an original that is not what the diff was made from", () => {
    const [file] = parseUnifiedDiff(gitDiff("a\nb\nc\n", "a\nB\nc\n", 3)) ?? [];
    expect(file && applyFileDiff("a\nb\nC\n", file)).toBeNull();
    expect(file && applyFileDiff("a\n", file)).toBeNull();
    expect(file && applyFileDiff("a\nb\nc", file)).toBeNull();
  });
});

const added = `diff --git a/ports/devel/foo/Makefile.DragonFly b/ports/devel/foo/Makefile.DragonFly
new file mode 100644
--- /dev/null
+++ b/ports/devel/foo/Makefile.DragonFly
@@ -0,0 +1,2 @@
+USES+=	gmake
+X=y
`;
const deleted = `diff --git a/ports/devel/foo/dragonfly/patch-a b/ports/devel/foo/dragonfly/patch-a
deleted file mode 100644
--- a/ports/devel/foo/dragonfly/patch-a
+++ /dev/null
@@ -1,3 +0,0 @@
---- a.c.orig
-+++ a.c
-last
\\ No newline at end of file`;

describe("parseUnifiedDiff", () => {
  it("reads a file that is made", () => {
    const [file, ...more] = parseUnifiedDiff(added) ?? [];
    expect(more).toEqual([]);
    expect(file).toMatchObject({ oldPath: null, newPath: "ports/devel/foo/Makefile.DragonFly" });
    expect(file && applyFileDiff("", file)).toBe("USES+=\tgmake\nX=y\n");
  });

  it("reads a patch file that is deleted, whose own headers are no headers", () => {
    const [file, ...more] = parseUnifiedDiff(deleted) ?? [];
    expect(more).toEqual([]);
    expect(file).toMatchObject({ oldPath: "ports/devel/foo/dragonfly/patch-a", newPath: null });
    expect(file && removedText(file)).toBe("--- a.c.orig\n+++ a.c\nlast");
  });

  it("reads several files", () => {
    const files = parseUnifiedDiff(`${added}${deleted}`);
    expect(files?.map(({ oldPath, newPath }) => newPath ?? oldPath)).toEqual([
      "ports/devel/foo/Makefile.DragonFly",
      "ports/devel/foo/dragonfly/patch-a",
    ]);
  });

  it.each([
    ["a hunk that ends early", "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n"],
    ["a hunk of no file", "@@ -1 +1 @@\n-a\n+b\n"],
    ["a binary file", "diff --git a/x b/x\nGIT binary patch\nliteral 3\n"],
    ["a renamed file", "diff --git a/x b/y\nrename from x\nrename to y\n"],
  ])("gives up on %s", (_, diff) => expect(parseUnifiedDiff(diff)).toBeNull());
});

describe("withoutHunks", () => {
  it("leaves a diff that makes of a text what the kept hunks alone make of it", () => {
    fc.assert(
      fc.property(text, text, fc.array(fc.boolean(), { maxLength: 9 }), (before, after, dropped) => {
        // Without context git itself loses a newline before a last line that has none and goes.
        fc.pre(before !== after && (before === "" || before.endsWith("\n")));
        const diff = gitDiff(before, after, 0).replaceAll("b/after", "b/before");
        const [file] = parseUnifiedDiff(diff) ?? [];
        if (!file) return expect.unreachable();
        const drop = file.hunks.flatMap((_, index) =>
          dropped[index] ? [{ path: diffPath(file), hunk: index + 1 }] : [],
        );
        const left = withoutHunks(diff, drop) ?? "";
        const kept = file.hunks.filter((_, index) => !dropped[index]);
        const expected = applyFileDiff(before, { ...file, hunks: kept });
        writeFileSync(join(folder, "before"), before);
        const options = { cwd: folder, input: left, encoding: "utf8" } as const;
        if (left !== "")
          expect(
            spawnSync("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "-"], options).stderr,
          ).toBe("");
        expect(readFileSync(join(folder, "before"), "utf8")).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("drops a new or a deleted file with its only hunk, and nothing of its neighbours", () => {
    const [made, gone] = parseUnifiedDiff(`${added}${deleted}`)?.map(diffPath) ?? [];
    expect(withoutHunks(`${added}${deleted}`, [{ path: made ?? "", hunk: 1 }])).toBe(deleted);
    expect(withoutHunks(`${added}${deleted}\n`, [{ path: gone ?? "", hunk: 1 }])).toBe(added);
  });

  it("knows no hunk that is not there", () => {
    const path = "ports/devel/foo/Makefile.DragonFly";
    expect(withoutHunks(added, [{ path, hunk: 2 }])).toBeNull();
    expect(withoutHunks(added, [{ path: "ports/devel/foo/x", hunk: 1 }])).toBeNull();
  });
});
