import { afterAll, expect, test } from "vitest";
import { createDesk, mended, told } from "./sample.ts";

const desk = createDesk();
afterAll(() => desk[Symbol.dispose]());

const sum = "a".repeat(64);

test("distinfo: malformed, repeated and missing entries", async () => {
  const text = [
    "TIMESTAMP = 1767225600",
    `SHA256 (a-1.tar.gz) = ${sum}`,
    "SIZE (a-1.tar.gz) = 12",
    "SIZE (a-1.tar.gz) = 12",
    `SHA256 (b.tar.gz) = ${sum.toUpperCase()}`,
    "SIZE (c.tar.gz) = many",
    "MD5 (c.tar.gz) = 1",
    `SHA256 (c.tar.gz) = ${sum}`,
    "",
  ].join("\n");
  const problems = await desk.problems("ports/devel/one/distinfo", text);
  expect(told(problems).sort()).toEqual(
    ["7:1 malformed", "5:1 malformed", "6:1 malformed", "4:1 repeated", "5:1 incomplete"].sort(),
  );
  expect(mended(text, problems).split("\n")).toHaveLength(8);
});

test("plist: unknown keywords, absolute paths and duplicates", async () => {
  const text = [
    "bin/one",
    "@sample etc/one.conf.sample",
    "@smaple etc/two.conf.sample",
    "@(root,wheel,4755) bin/su",
    "@dir var/one",
    "%%X%%@shell bin/sh",
    "/usr/local/bin/three",
    "/boot/modules/one.ko",
    "%%PORTDOCS%%%%DOCSDIR%%/x",
    "@owner root",
    "@owner root",
    "bin/one",
    "@comment $Id$",
    "@comment $Id$",
    "",
  ].join("\n");
  const problems = await desk.problems("ports/devel/one/pkg-plist", text);
  expect(told(problems)).toEqual([
    "3:1 unknown-keyword",
    "7:1 absolute-path",
    "8:1 absolute-path",
    "12:1 duplicate",
  ]);
  const after = mended(text, problems);
  expect(after).toContain("\nbin/three\n");
  expect(after.match(/bin\/one\n/g)).toHaveLength(1);
});

test("plist: what check-plist said in the last failure stands on its lines, until they are mended", async () => {
  using here = createDesk();
  here.fail(
    [
      { kind: "plist-missing", captures: { path: "bin/lost" } },
      { kind: "plist-missing", captures: { path: "share/doc/one/LOST" } },
      { kind: "plist-missing", captures: { path: "lib/python3.11/site-packages/one.py" } },
      { kind: "plist-orphaned", captures: { path: "bin/middle" } },
      { kind: "plist-orphaned", captures: { path: "bin/here" } },
    ],
    { classification: "plist-error" },
  );
  const text = [
    "bin/here",
    "bin/lost",
    "bin/zoo",
    "%%PORTDOCS%%%%DOCSDIR%%/LOST",
    "%%PYTHON_SITELIBDIR%%/one.py",
    "",
  ].join("\n");
  const problems = await here.problems("ports/devel/one/pkg-plist", text);
  expect(told(problems)).toEqual(["2:1 not-staged", "4:1 not-staged", "5:1 not-staged", "3:1 not-listed"]);
  const after = mended(text, problems);
  expect(after).toBe("bin/here\nbin/middle\nbin/zoo\n");
  expect(await here.problems("ports/devel/one/pkg-plist", after)).toEqual([]);
});

const patch = [
  "--- src/a.c.orig\t2024-01-01",
  "+++ src/a.c",
  "@@ -1,3 +1,4 @@ int main",
  " one",
  "-two",
  "+zwei",
  "+drei",
  " three",
  "@@ -10 +11,2 @@",
  " ten",
  "+eleven",
  "--- b.c",
  "+++ b.c",
  "@@ -1,2 +1,2 @@",
  " x",
  "-y",
  "+z",
  "",
];
const patchPath = "ports/devel/one/files/patch-src_a.c";

test("patch: a sound one has no problem, in a mail of git too", async () => {
  expect(await desk.problems(patchPath, patch.join("\n"))).toEqual([]);
  const mail = ["From abc Mon", "", "diff --git a/b.c b/b.c", ...patch.slice(11, -1), "-- ", "2.45", ""];
  expect(await desk.problems(patchPath, mail.join("\n"))).toEqual([]);
});

test("patch: wrong counts are found, and counted again", async () => {
  const text = patch.join("\n").replace("-1,3 +1,4", "-1,3 +1,3").replace("-10 +11,2", "-10,9 +11,9");
  const problems = await desk.problems(patchPath, text);
  expect(told(problems)).toEqual(["3:1 hunk-counts", "9:1 hunk-counts"]);
  expect(mended(text, problems)).toBe(patch.join("\n").replace("-10 +11,2", "-10,1 +11,2"));
});

test("patch: hunks that failed in the last build are marked with its words, of this patch only", async () => {
  using here = createDesk();
  const captures = { patch: "patch-src_a.c", file: "src/a.c", hunk: "2" };
  here.fail(
    [
      { kind: "patch-hunk-failed", captures, text: "1 out of 2 hunks failed" },
      { kind: "patch-already-applied", captures: { patch: "patch-src_a.c", file: "b.c" } },
      { kind: "patch-hunk-failed", captures: { ...captures, patch: "patch-other" } },
    ],
    { classification: "patch-error" },
  );
  const problems = await here.problems(patchPath, patch.join("\n"));
  expect(told(problems)).toEqual(["9:1 drifted", "13:1 applied"]);
  expect(problems[0]?.message).toBe("Hunk 2 does not apply; the last build said: 1 out of 2 hunks failed");
});
