/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { symlink } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../../server/src/agent/tools/text.ts";
import { type Bench, createSample, type Sample } from "../sample.ts";

const ORIGIN = "games/tilerun";
const OVERLAY = `/work/DeltaPorts/ports/${ORIGIN}`;
const MAKEFILE = `${OVERLAY}/Makefile.DragonFly`;

let sample: Sample;
let bench: Bench;
beforeAll(async () => {
  sample = await createSample();
  bench = await sample.bench(ORIGIN);
});
afterAll(() => sample.remove());

const put = (path: string, content: string | null, hash: string | null, rest = {}) =>
  bench.call("put_file", { path, content, sha256: hash, ...rest });
const replace = (path: string, old: string, text: string, hash: string) =>
  bench.call("replace_in_file", { path, old, new: text, sha256: hash });

describe("put_file", () => {
  test("makes, changes and deletes, each bound to what was read", async () => {
    const path = `${OVERLAY}/diffs/made.diff`;
    const made = await put(path, "one\n", null);
    expect(made.facts).toMatchObject({ ok: true, created: true, sha256: sha256("one\n") });
    expect((await put(path, "two\n", null)).facts.error).toContain("exists");
    const stale = await put(path, "two\n", sha256("other"));
    expect(stale.facts).toMatchObject({ ok: false, sha256: sha256("one\n") });
    expect((await put(path, "one\n", sha256("one\n"))).facts.error).toContain("no effect");
    expect((await put(path, "two\n", sha256("one\n"))).facts.ok).toBe(true);
    expect((await put(path, null, sha256("one\n"))).facts.ok).toBe(false);
    expect((await put(path, null, sha256("two\n").slice(0, 12))).facts).toMatchObject({
      ok: true,
      deleted: true,
    });
    await put(path, "three\n", null);
    expect((await put(path, null, null)).facts).toMatchObject({ ok: true, deleted: true });
    expect((await put(path, null, null)).facts.error).toContain("nothing to delete");
    expect((await put(path, "x", sha256("two\n"))).facts.error).toContain("sha256 null");
  });

  test("bytes that are no text go and come as base64", async () => {
    const path = `${OVERLAY}/dragonfly/patch-raw`;
    const bytes = Buffer.from([0xff, 0x00, 0x0a, 0xfe]);
    expect((await put(path, bytes.toString("base64"), null, { encoding: "base64" })).facts.ok).toBe(true);
    const read = await bench.call("get_file", { path });
    expect(read.facts).toMatchObject({ encoding: "base64", sha256: sha256(bytes), bytes: 4 });
    expect(Buffer.from(read.body, "base64")).toEqual(bytes);
    await put(path, null, sha256(bytes));
    const text = await put(path, "--- a.c\n+++ a.c\n", null, { encoding: "base64" });
    expect(text.facts.error).toMatch(/is not base64: leave encoding out/);
    expect((await put(path, null, null)).facts.error).toContain("nothing to delete");
  });
});

test("characters that cannot be seen are shown by their number, and the number is not written back", async () => {
  const path = `${OVERLAY}/dragonfly/patch-hidden`;
  const content = "a\u202eb\u001b[31m\u200bc\f\r\n";
  await put(path, content, null);
  const read = await bench.call("get_file", { path });
  expect(read.body).toBe("a<U+202E>b<U+001B>[31m<U+200B>c\f\r\n");
  expect((await put(path, read.body, sha256(content))).facts.error).toContain("not shown");
  expect((await replace(path, "b", "<U+202E>", sha256(content))).facts.error).toContain("not shown");
  await put(path, null, sha256(content));
});

describe("replace_in_file", () => {
  test("one exact place; whitespace counts; the nearest lines are told", async () => {
    const before = "USES+=\tcpe\nCFLAGS+=\t-O1\nCFLAGS+=\t-O2\n";
    await put(MAKEFILE, before, null);
    const hash = sha256(before);
    const spaces = await replace(MAKEFILE, "USES+= cpe", "USES+=\tgmake", hash);
    expect(spaces.facts.ok).toBe(false);
    expect(spaces.body.split("\n")[0]).toBe('1: "USES+=\\tcpe"');
    expect((await replace(MAKEFILE, "CFLAGS+=\t", "X", hash)).facts.error).toContain(
      "2 times, on lines 2, 3",
    );
    expect((await replace(MAKEFILE, "cpe", "cpe", hash)).facts.error).toContain("no effect");
    const done = await replace(MAKEFILE, "cpe", "gmake", hash);
    const after = before.replace("cpe", "gmake");
    expect(done.facts).toMatchObject({ ok: true, line: 1, sha256: sha256(after) });
    expect((await replace(MAKEFILE, "gmake", "x", hash)).facts.error).toContain("read it again");
    expect((await replace(MAKEFILE, "gmake", "x", sha256(after).slice(0, 11))).facts.ok).toBe(false);
    const unread = await bench.call("replace_in_file", { path: MAKEFILE, old: "-O2", new: "-Os" });
    expect(unread.facts).toMatchObject({ ok: true, line: 3 });
    await bench.call("replace_in_file", { path: MAKEFILE, old: "-Os", new: "-O2" });
    expect((await replace(`${OVERLAY}/absent`, "a", "b", hash)).facts.error).toContain("put_file");
    await put(MAKEFILE, null, sha256(after));
  });
});

describe("edits stay in the case's own overlay", () => {
  test.each([
    ["/work/DPorts/games/tilerun/Makefile", "composed and never edited"],
    ["/work/freebsd-ports/games/tilerun/Makefile", "read-only"],
    ["/work/DeltaPorts/ports/www/tinyhttp/Makefile.DragonFly", "another port"],
    [`${OVERLAY}-evil/x`, "another port"],
    [`${OVERLAY}/../../www/tinyhttp/x`, "another port"],
    ["/work/DeltaPorts/.git/config", "another port"],
    [OVERLAY, "name a file in it"],
    ["/work/obj/x", "patch_phase"],
    ["/work/distfiles/x", "cannot be edited"],
    ["/etc/passwd", "paths start with /work/"],
    ["Makefile.DragonFly", "paths start with /work/"],
    ["/work/../etc/passwd", "paths start with /work/"],
    [`${OVERLAY}/dragonfly/a\n+++ b`, "control characters"],
  ])("%s", async (path, words) => {
    const { facts } = await put(path, "x", null);
    expect(facts.ok).toBe(false);
    expect(facts.error).toContain(words);
  });
});

describe("an edit of the overlay is looked at, and made", () => {
  const wrongIn = async (name: string, content: string) => {
    const path = `${OVERLAY}/${name}`;
    const { facts } = await put(path, content, null);
    expect(facts).toMatchObject({ ok: true, sha256: sha256(content) });
    await put(path, null, null);
    return facts.wrong;
  };
  const patch = "--- a.c.orig\n+++ a.c\n@@ -1,2 +1,2 @@\n-a\n+b\n";

  test.each([
    ["Makefile.DragonFly", "USES+=\tgmake\n", undefined],
    [
      "Makefile.DragonFly",
      "post-patch:\n        @true\n",
      ["line 2: A command begins with a tab", "make cannot read"],
    ],
    [
      "Makefile.DragonFly",
      ".if ${OPSYS} == DragonFly\nUSES+=\tgmake\n",
      [".if without its .endif", "make cannot read"],
    ],
    ["Makefile.DragonFly", "USES+=\tno-such-thing\n", ["Unknown USES=no-such-thing"]],
    ["Makefile.DragonFly", "IGNORE=\tit is too old\n", ["IGNORE is now it is too old"]],
    ["dragonfly/patch-a.c", patch, ["line 3: The header counts 2 old and 2 new lines, the hunk has 1 and 1"]],
    ["dragonfly/patch-a.c", patch.replaceAll(",2", ""), undefined],
    [
      "pkg-plist",
      "bin/tilerun\nbin/tilerun\n/usr/local/bin/x\n",
      ["line 2: The same stands in line 1", "line 3: Paths"],
    ],
    ["pkg-plist", "bin/tilerun\n", undefined],
  ])("%s holds %j", async (name, content, wrong) => {
    const found = await wrongIn(name, content);
    expect(found).toEqual(wrong?.map((words) => expect.stringContaining(words)));
  });
});

test("links out of the trees are refused by every reader and writer", async () => {
  const { environment } = bench.context;
  await put(`${OVERLAY}/dragonfly/keep`, "x", null);
  await symlink("/etc", `${await environment.hostPath(OVERLAY)}/out`);
  for (const [tool, args] of [
    ["get_file", { path: `${OVERLAY}/out/passwd` }],
    ["list_dir", { path: `${OVERLAY}/out` }],
    ["put_file", { path: `${OVERLAY}/out/x`, content: "x", sha256: null }],
  ] as const) {
    const { facts, content } = await bench.call(tool, args);
    expect(facts.ok, tool).toBe(false);
    expect(content).not.toContain("root:");
  }
});
