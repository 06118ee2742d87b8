import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Unhealthy } from "../../../../server/src/environments/errors.ts";
import { createSample, type Sample } from "../sample.ts";

let sample: Sample;
beforeAll(async () => {
  sample = await createSample();
});
afterAll(() => sample.remove());

describe("a patch that drifted (sysutils/loadmon)", () => {
  const patch = "/work/DeltaPorts/ports/sysutils/loadmon/dragonfly/patch-src_sample.c";

  test("is named with its rejects, re-cut and built", async () => {
    const { call } = await sample.bench("sysutils/loadmon");
    const failed = await call("patch_phase");
    expect(failed.facts).toMatchObject({
      ok: false,
      phase: "patch",
      findings: expect.arrayContaining([
        expect.objectContaining({
          kind: "patch-hunk-failed",
          patch: "patch-src_sample.c",
          file: "src/sample.c",
        }),
      ]),
    });
    expect(failed.body).toContain('+#define COUNTERS_PATH "/proc/stat"');
    const [reject] = failed.facts.rejects as string[];
    expect((await call("get_file", { path: reject })).facts.ok).toBe(true);

    const source = `${failed.facts.wrksrc}/src/sample.c`;
    expect((await call("dupe", { path: source })).facts.error).toContain("patch_phase again");
    const { facts } = await call("get_file", { path: patch });
    await call("put_file", { path: patch, content: null, sha256: facts.sha256 });
    expect((await call("patch_phase")).facts.ok).toBe(true);
    expect((await call("genpatch")).facts.error).toContain("no source was edited");

    const read = await call("get_file", { path: source });
    const line = read.body.split("\n").find((text) => text.includes("COUNTERS_PATH")) ?? "";
    const edit = {
      path: source,
      old: line,
      new: '#define COUNTERS_PATH "/proc/stat"',
      sha256: read.facts.sha256,
    };
    expect((await call("dupe", { path: source })).facts).toMatchObject({
      ok: true,
      patch: "patch-src_sample.c",
    });
    expect((await call("dupe", { path: source })).facts.error).toContain("no effect");
    expect((await call("genpatch", { path: source })).facts.error).toContain("does not differ");
    expect((await call("replace_in_file", edit)).facts.ok).toBe(true);

    const made = await call("genpatch");
    expect(made.facts.patches).toMatchObject([{ name: "patch-src_sample.c", source: "src/sample.c" }]);
    expect(made.body.split("\n").slice(0, 2)).toEqual(["--- src/sample.c.orig", "+++ src/sample.c"]);
    expect((await call("install_patches", { names: ["patch-other"] })).facts.error).toContain(
      "patch-src_sample.c",
    );
    expect((await call("install_patches")).facts).toMatchObject({ ok: true, installed: [{ path: patch }] });
    expect((await call("install_patches")).facts.error).toContain("no effect");
    const built = await call("build");
    expect(built.facts).toMatchObject({ ok: true, passed: true });
    const diff = await call("emit_diff");
    expect(diff.facts.diffSha256).toBe(built.facts.diffSha256);
    expect((await call("finish", { status: "fixed", summary: "re-cut" })).facts.ok).toBe(true);
  });
});

test("a patch that is written is tried on the source, as it is and as it was before patches", async () => {
  const { call } = await sample.bench("sysutils/loadmon");
  const patch = "/work/DeltaPorts/ports/sysutils/loadmon/dragonfly/patch-src_sample.c";
  const { facts } = await call("get_file", { path: patch });
  await call("put_file", { path: patch, content: null, sha256: facts.sha256 });
  const { wrksrc } = (await call("patch_phase")).facts;
  const { body } = await call("get_file", { path: `${wrksrc}/src/sample.c` });
  const at = body.split("\n").findIndex((text) => text.includes("COUNTERS_PATH"));
  const old = body.split("\n")[at] ?? "";
  const written = (from: string, to: string, file = "src/sample.c") =>
    `--- ${file}.orig\n+++ ${file}\n@@ -${at + 1} +${at + 1} @@\n-${from}\n+${to}\n`;
  const wrongIn = async (content: string, sha256: unknown = null) =>
    (await call("put_file", { path: patch, content, sha256 })).facts;
  const right = await wrongIn(written(old, '#define COUNTERS_PATH "/proc/stat"'));
  expect(right).toMatchObject({ ok: true });
  expect(right.wrong).toBeUndefined();
  const drifted = await wrongIn(written("#define COUNTERS 1", "#define COUNTERS 2"), right.sha256);
  expect(drifted).toMatchObject({
    ok: true,
    wrong: [expect.stringMatching(/^it does not apply to src\/sample\.c: /)],
  });
  // Once it was applied, the source fits no more, and what was there before does.
  const again = await wrongIn(written(old, '#define COUNTERS_PATH "/proc/load"'), drifted.sha256);
  expect((await call("patch_phase")).facts.ok).toBe(true);
  const other = await wrongIn(written(old, '#define COUNTERS_PATH "/proc/stat"'), again.sha256);
  expect(other.wrong).toBeUndefined();
  // A second patch of the file is made for what the first one leaves of it.
  const second = { path: `${patch}-2`, content: written('#define COUNTERS_PATH "/proc/stat"', "/* none */") };
  const stacked = await call("put_file", { ...second, sha256: null });
  expect(stacked.facts).toMatchObject({ ok: true });
  expect(stacked.facts.wrong).toBeUndefined();
  await call("put_file", { path: patch, content: null, sha256: other.sha256 });
  const alone = await call("put_file", {
    ...{ path: second.path, content: `${second.content}\n`, sha256: stacked.facts.sha256 },
  });
  expect(alone.facts.wrong).toEqual([expect.stringMatching(/does not apply/)]);
  const last = await call("put_file", { path: second.path, content: null, sha256: alone.facts.sha256 });
  expect(last.facts).toMatchObject({ ok: true });
  expect((await wrongIn(written("a", "b", "../../../etc/passwd"))).wrong).toBeUndefined();
});

test("where no build can be begun, neither a build nor an edit that is looked at is answered", async () => {
  const { call, context } = await sample.bench("misc/figsay");
  const trouble = new Unhealthy([
    { kind: "disk", name: "disk space", ok: false, message: "it is full", action: "make room" },
  ]);
  context.environment.compose = () => Promise.reject(trouble);
  await expect(call("build")).rejects.toBe(trouble);
  const path = "/work/DeltaPorts/ports/misc/figsay/Makefile.DragonFly";
  const edit = call("replace_in_file", { path, old: "other corners", new: "rounder corners" });
  await expect(edit).rejects.toBe(trouble);
});

describe("an edited source that is built", () => {
  const patch = "/work/DeltaPorts/ports/misc/figsay/dragonfly/patch-figsay.sh";
  const edited = async (text: string) => {
    const { call, context } = await sample.bench("misc/figsay");
    const { wrksrc } = (await call("patch_phase")).facts;
    const path = `${wrksrc}/figsay.sh`;
    const read = await call("get_file", { path });
    const content = `${read.body}${text}\n`;
    const edit = await call("put_file", { path, content, sha256: read.facts.sha256 });
    return { call, context, edit };
  };

  test("is in its patch, which stands in the answer of the build", async () => {
    const { call, context, edit } = await edited("# one more line");
    expect(edit.facts).toMatchObject({ ok: true, patch: "patch-figsay.sh" });
    const before = (await context.environment.files.read(patch)).toString();
    const built = await call("build");
    expect(built.facts).toMatchObject({ passed: true, installed: [{ path: patch, replaced: true }] });
    expect(built.body).toContain("# one more line");
    const after = (await context.environment.files.read(patch)).toString();
    const changed = (text: string) => text.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
    expect(changed(after)).toEqual([...changed(before), "+# one more line"]);
    expect(context.state.edits.at(-1)).toBe(
      `${patch} ${(built.facts.installed as { sha256: string }[])[0]?.sha256}`,
    );
    expect((await call("finish", { status: "fixed", summary: "x" })).facts.ok).toBe(true);
  });

  test("is told of in the answer of a build that did not even begin", async () => {
    const { call, context } = await edited("# another line");
    const path = "/work/DeltaPorts/ports/misc/figsay/pkg-plist";
    await call("put_file", { path, content: "bin/figsay\n", sha256: null });
    const built = await call("build");
    expect(built.facts).toMatchObject({ ok: false, installed: [{ path: patch }] });
    expect(built.facts.error).toContain("pkg-plist");
    expect(context.state.builds).toEqual([]);
    expect([...context.state.unsaved]).toEqual([]);
  });

  test("is dropped by fresh sources, which is said", async () => {
    const { call, context, edit } = await edited("# lost");
    expect((await call("patch_phase")).facts.dropped).toEqual([edit.facts.path]);
    expect((await call("build")).facts.installed).toBeUndefined();
    expect(await context.environment.diff()).toBe("");
  });

  test("is asked for in vain where it was taken back", async () => {
    const { call, edit } = await edited("# taken back");
    await call("replace_in_file", { path: edit.facts.path, old: "# taken back\n", new: "" });
    // The overlay's own patch is what is left, and it stands there already.
    expect((await call("build")).facts).toMatchObject({ passed: true, installed: [] });
  });
});

describe("a file that the overlay patches already (misc/figsay)", () => {
  test("dupe starts from before that patch, so the new one replaces it whole", async () => {
    const { call, context } = await sample.bench("misc/figsay");
    const overlay = "/work/DeltaPorts/ports/misc/figsay/dragonfly/patch-figsay.sh";
    const { wrksrc } = (await call("patch_phase")).facts;
    const source = `${wrksrc}/figsay.sh`;
    const duped = await call("dupe", { path: source });
    expect(duped.facts).toMatchObject({
      ok: true,
      patch: "patch-figsay.sh",
      without: expect.stringMatching(/patch-figsay.sh$/),
    });
    const read = await call("get_file", { path: source });
    const content = `${read.body}# one more line\n`;
    await call("put_file", { path: source, content, sha256: read.facts.sha256 });
    const before = (await context.environment.files.read(overlay)).toString();
    const made = await call("genpatch");
    const changed = (text: string) => text.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
    expect(changed(made.body)).toEqual([...changed(before), "+# one more line"]);
    await call("install_patches");
    expect((await call("build")).facts.passed).toBe(true);
  });

  test("with unpatched sources the dupe is refused", async () => {
    const { call } = await sample.bench("misc/figsay");
    const { wrksrc } = (await call("extract")).facts;
    expect((await call("dupe", { path: `${wrksrc}/figsay.sh` })).facts.error).toContain(
      "patch_phase instead of extract",
    );
  });
});

test("a new source file becomes a patch of its own, named as the ports tree names it", async () => {
  const { call } = await sample.bench("misc/figsay");
  const { wrksrc } = (await call("patch_phase")).facts;
  const path = `${wrksrc}/extra/my_notes.txt`;
  expect((await call("put_file", { path, content: "a\nb\n", sha256: null })).facts.ok).toBe(true);
  const made = await call("genpatch", { path });
  expect(made.body).toBe("--- /dev/null\n+++ extra/my_notes.txt\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  expect(made.facts.patches).toMatchObject([{ name: "patch-extra_my__notes.txt" }]);
  await call("install_patches");
  const again = await call("patch_phase");
  expect(again.facts.ok).toBe(true);
  expect((await call("get_file", { path })).body).toBe("a\nb\n");
});

test("sources are out of reach before a phase made them, and after a build", async () => {
  const { call } = await sample.bench("misc/figsay");
  expect((await call("dupe", { path: "/work/obj/x" })).facts.error).toContain("patch_phase first");
  const { wrksrc } = (await call("patch_phase")).facts;
  expect((await call("dupe", { path: `${wrksrc}/../x` })).facts.error).toContain("not a source file");
  expect((await call("dupe", { path: `${wrksrc}/absent` })).facts.error).toContain("put_file");
  await call("build");
  expect((await call("dupe", { path: `${wrksrc}/figsay.sh` })).facts.error).toContain("patch_phase first");
});

test("sources are none where a port says that they lie in another port's overlay", async () => {
  const { call, context } = await sample.bench("devel/pkgconf");
  Object.assign(context.state, { wrksrc: "/work/DeltaPorts/ports/misc", sources: "patched" });
  const path = "/work/DeltaPorts/ports/misc/figsay/Makefile.DragonFly";
  for (const name of ["dupe", "genpatch"])
    expect((await call(name, { path })).facts.error).toContain("belongs to another port");
  expect(await context.environment.diff()).toBe("");
});

describe("materialize", () => {
  test("says what was applied, and names a diff that does not apply with its hunk", async () => {
    const { call } = await sample.bench("misc/figsay");
    expect((await call("materialize")).facts.applied).toContain("diffs/Makefile.diff");
    const path = "/work/DeltaPorts/ports/misc/figsay/diffs/pkg-descr.diff";
    const content = "--- pkg-descr.orig\n+++ pkg-descr\n@@ -1,1 +1,1 @@\n-no such line\n+other\n";
    await call("put_file", { path, content, sha256: null });
    for (const tool of ["materialize", "build", "patch_phase"]) {
      const { facts, body } = await call(tool);
      expect(facts.error, tool).toContain("diffs/pkg-descr.diff");
      expect(body).toContain("pkg-descr hunk 1");
    }
  });

  test("a file of the overlay that does nothing is an error, not a silence", async () => {
    const { call } = await sample.bench("misc/figsay");
    const path = "/work/DeltaPorts/ports/misc/figsay/pkg-plist";
    await call("put_file", { path, content: "bin/figsay\n", sha256: null });
    const { facts } = await call("materialize");
    expect(facts.ok).toBe(false);
    expect(facts.error).toContain("pkg-plist");
  });
});

describe("build and finish", () => {
  test("a failing build says where and why; fixed is refused; builds are counted", async () => {
    const { call } = await sample.bench("games/tilerun", 1);
    expect((await call("finish", { status: "fixed", summary: "trust me" })).facts.error).toContain(
      "nothing was built",
    );
    const built = await call("build");
    expect(built.facts).toMatchObject({ ok: false, passed: false, phase: "build", build: 1 });
    expect(built.facts.findings).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: "gnu-makefile" })]),
    );
    const log = await call("get_file", { path: built.facts.log, lines: 5 });
    expect(log.facts.ok).toBe(true);
    expect((await call("build_log")).facts.path).toBe(built.facts.log);
    expect((await call("build")).facts.error).toContain("all 1 builds");
    expect((await call("finish", { status: "fixed", summary: "x" })).facts.error).toContain(
      "last build failed",
    );
  });

  test("a build that passes with no change, or before the last edit, is no fix", async () => {
    const { call } = await sample.bench("misc/figsay");
    expect((await call("emit_diff")).facts.error).toContain("empty");
    expect((await call("build")).facts.passed).toBe(true);
    expect((await call("finish", { status: "fixed", summary: "x" })).facts.error).toContain("diff is empty");
    const path = "/work/DeltaPorts/ports/misc/figsay/Makefile.DragonFly";
    const read = await call("get_file", { path });
    await call("put_file", { path, content: `${read.body}# more\n`, sha256: read.facts.sha256 });
    expect((await call("finish", { status: "fixed", summary: "x" })).facts.error).toContain("build again");
    expect((await call("build")).facts.passed).toBe(true);
    expect((await call("finish", { status: "fixed", summary: "x" })).facts.ok).toBe(true);
  });
});
