/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: recipe text */
import { describe, expect, test } from "vitest";
import { usesOf } from "../../../../server/src/agent/recipes/apply.ts";
import { adviceFor, bindingsOf, matchRecipes } from "../../../../server/src/agent/recipes/match.ts";
import type { FailureClass } from "../../../../server/src/protocol/index.ts";
import { finding, shipped } from "./evidence.ts";

const evidence = (classification: FailureClass, ...findings: ReturnType<typeof finding>[]) => ({
  classification,
  findings,
  cause: findings[0] ?? null,
});

/** Class, finding, and the recipe with its filled steps that must come first. */
const expected: [FailureClass, string, Record<string, string>, string, object[]][] = [
  [
    "patch-error",
    "patch-hunk-failed",
    { patch: "patch-a.c", file: "a.c" },
    "recut-patch",
    [{ do: "recut-patch", patch: "patch-a.c" }],
  ],
  [
    "patch-error",
    "patch-already-applied",
    { patch: "patch-a.c" },
    "retire-applied-patch",
    [{ do: "retire-patch", patch: "patch-a.c" }],
  ],
  [
    "patch-error",
    "patch-missing-file",
    { patch: "patch-a.c" },
    "follow-moved-file",
    [{ do: "recut-patch", patch: "patch-a.c" }],
  ],
  ["plist-error", "plist-missing", { path: "bin/a" }, "regenerate-plist", [{ do: "regenerate-plist" }]],
  [
    "compile-error",
    "warning-as-error",
    { file: "src/a.c", line: "3", flag: "sign-conversion" },
    "tolerate-style-warning",
    [{ do: "add-to-variable", variable: "CFLAGS", words: ["-Wno-error=sign-conversion"] }],
  ],
  [
    "patch-error",
    "sed-missing-file",
    { file: "src/a.c", tool: "sed" },
    "drop-stale-edit",
    [{ do: "remove-commands", naming: "src/a.c" }],
  ],
  [
    "build-system-error",
    "gnu-makefile",
    { makefile: "Makefile", line: "3" },
    "use-gmake",
    [{ do: "add-to-variable", variable: "USES", words: ["gmake"] }],
  ],
  [
    "missing-dep",
    "pkgconfig-missing",
    {},
    "use-pkgconfig",
    [{ do: "add-to-variable", variable: "USES", words: ["pkgconfig"] }],
  ],
  [
    "missing-dep",
    "tool-missing",
    { tool: "pkg-config" },
    "use-pkgconfig",
    [{ do: "add-to-variable", variable: "USES", words: ["pkgconfig"] }],
  ],
  [
    "missing-dep",
    "tool-missing",
    { tool: "aclocal" },
    "use-feature-for-tool",
    [{ do: "add-to-variable", variable: "USES", words: ["autoreconf"] }],
  ],
  [
    "missing-dep",
    "tool-missing",
    { tool: "xsltproc" },
    "depend-on-tool",
    [{ do: "depend-on-provider", of: "tool", file: "xsltproc", phase: "build" }],
  ],
  [
    "compile-error",
    "header-missing",
    { header: "ogg/ogg.h", source: "a.c" },
    "depend-on-header",
    [{ do: "depend-on-provider", of: "header", file: "ogg/ogg.h" }],
  ],
  [
    "link-error",
    "library-missing",
    { library: "ogg" },
    "depend-on-library-file",
    [{ do: "depend-on-provider", of: "library", file: "ogg" }],
  ],
  [
    "missing-dep",
    "pkgconfig-package-missing",
    { package: "gtk+-3.0" },
    "depend-on-pkgconfig-package",
    [{ do: "depend-on-provider", of: "pkgconfig", file: "gtk+-3.0" }],
  ],
  [
    "stage-qa-error",
    "not-declared-dependency",
    { library: "/usr/local/lib/libassuan.so.0", dependency: "security/libassuan" },
    "declare-linked-library",
    [{ do: "depend-on-library", library: "/usr/local/lib/libassuan.so.0", origin: "security/libassuan" }],
  ],
  [
    "compile-error",
    "unknown-type",
    { type: "u_char", file: "a.c" },
    "include-type-header",
    [{ do: "include-header", header: "sys/types.h", source: "a.c", symbol: "u_char" }],
  ],
  [
    "compile-error",
    "implicit-declaration",
    { symbol: "waitpid", file: "a.c" },
    "include-function-header",
    [{ do: "include-header", header: "sys/wait.h", source: "a.c", symbol: "waitpid" }],
  ],
  [
    "options-error",
    "options-single-none",
    { group: "GSSAPI" },
    "choose-option",
    [{ do: "choose-option", group: "GSSAPI" }],
  ],
  [
    "build-system-error",
    "uses-unknown",
    { uses: "alias" },
    "drop-unknown-uses",
    [{ do: "remove-words", variable: "USES", words: ["alias"] }],
  ],
  [
    "license-error",
    "license-missing",
    { license: "MIT" },
    "unset-license-file",
    [{ do: "undefine-variable", variable: "LICENSE_FILE" }],
  ],
  [
    "stage-qa-error",
    "shebang-invalid",
    { shebang: "/usr/bin/perl", file: "bin/tool" },
    "fix-shebang",
    [{ do: "fix-shebang", script: "bin/tool" }],
  ],
  [
    "compile-error",
    "compiler-flag",
    { flag: "-fno-foo" },
    "drop-compiler-flag",
    [{ do: "remove-words", variable: "CFLAGS", words: ["-fno-foo"] }],
  ],
  [
    "configure-error",
    "script-missing",
    { tool: "./configure" },
    "use-autoreconf",
    [{ do: "add-to-variable", variable: "USES", words: ["autoreconf"] }],
  ],
  [
    "configure-error",
    "autotools-macro-missing",
    { macro: "PKG_CHECK_MODULES" },
    "use-feature-for-macro",
    [{ do: "add-to-variable", variable: "USES", words: ["pkgconfig"] }],
  ],
  [
    "missing-dep",
    "tool-missing",
    { tool: "libtoolize" },
    "use-libtool",
    [{ do: "add-to-variable", variable: "USES", words: ["libtool:build"] }],
  ],
  [
    "missing-dep",
    "tool-missing",
    { tool: "perl" },
    "use-perl",
    [
      { do: "add-to-variable", variable: "USES", words: ["perl5"] },
      { do: "add-to-variable", variable: "USE_PERL5", words: ["build"] },
    ],
  ],
  [
    "missing-dep",
    "tool-missing",
    { tool: "python" },
    "use-python",
    [
      { do: "add-to-variable", variable: "USES", words: ["python:build"] },
      { do: "add-to-variable", variable: "BINARY_ALIAS", words: ["python=${PYTHON_CMD}"] },
    ],
  ],
  [
    "compile-error",
    "header-missing",
    { header: "openssl/ssl.h", source: "a.c" },
    "use-feature-for-header",
    [{ do: "add-to-variable", variable: "USES", words: ["ssl", "localbase:ldflags"] }],
  ],
  [
    "link-error",
    "library-missing",
    { library: "intl" },
    "use-feature-for-library",
    [{ do: "add-to-variable", variable: "USES", words: ["gettext-runtime", "localbase:ldflags"] }],
  ],
  [
    "missing-dep",
    "dependency-missing",
    { dependency: "libthai" },
    "depend-on-pkgconfig-package",
    [{ do: "depend-on-provider", of: "pkgconfig", file: "libthai" }],
  ],
  [
    "compile-error",
    "undeclared",
    { symbol: "PATH_MAX", file: "a.c" },
    "include-symbol-header",
    [{ do: "include-header", header: "limits.h", source: "a.c", symbol: "PATH_MAX" }],
  ],
  [
    "link-error",
    "duplicate-symbol",
    { symbol: "verbose" },
    "allow-common-symbols",
    [{ do: "add-to-variable", variable: "CFLAGS", words: ["-fcommon"] }],
  ],
  [
    "link-error",
    "version-script",
    { symbol: "x_open" },
    "allow-undefined-versions",
    [{ do: "add-to-variable", variable: "LDFLAGS", words: ["-Wl,--undefined-version"] }],
  ],
];

describe("the shipped recipes", () => {
  test.each(expected)("%s by %s %j call for %s", (classification, kind, captures, id, steps) => {
    const found = evidence(classification, finding(kind, captures));
    expect(matchRecipes(shipped, found)[0]?.id).toBe(id);
    const recipe = shipped.find((one) => one.id === id);
    expect(recipe && usesOf(recipe, found).map((use) => use.steps)).toEqual([steps]);
  });

  test("every fix is in this table, or is the second choice of one that is", () => {
    const firsts = new Set(expected.map((row) => row[3]));
    const seconds = ["trim-applied-patch", "retire-orphaned-patch", "unhide-system-types"];
    // These look at the line or the phase too.
    const apart = ["include-cxx-header", "follow-renamed-dependency"];
    const fixes = shipped.filter((recipe) => recipe.steps.every((step) => step.do !== "advise"));
    expect(
      fixes
        .map((recipe) => recipe.id)
        .filter((id) => !firsts.has(id))
        .sort(),
    ).toEqual([...seconds, ...apart].sort());
  });

  test.each<[string, FailureClass, string, Record<string, string>]>([
    ["a renamed symbol", "link-error", "undefined-reference", { symbol: "raster_load" }],
    ["a structure that changed", "compile-error", "missing-member", { member: "size", type: "struct arena" }],
    ["a type of the program's own", "compile-error", "unknown-type", { type: "widget_t", file: "a.c" }],
    ["a patch finding without the patch's name", "patch-error", "patch-hunk-failed", { file: "a.c" }],
    ["a changed checksum", "fetch-checksum", "checksum-mismatch", { distfile: "a.tar.gz" }],
    ["a function that two files define", "link-error", "duplicate-symbol", { symbol: "play(int)" }],
    ["a name of the program's own", "compile-error", "undeclared", { symbol: "widget_max", file: "a.c" }],
    ["a dependency's file", "missing-dep", "depends-missing", { dependency: "/usr/local/sbin/pkg" }],
    ["another script", "configure-error", "script-missing", { tool: "./autogen.sh" }],
    ["the same words in another class", "test-error", "gnu-makefile", { makefile: "Makefile" }],
  ])("leave %s alone", (_name, classification, kind, captures) => {
    expect(matchRecipes(shipped, evidence(classification, finding(kind, captures)))).toEqual([]);
  });

  test("tell a function from a variable, and std from the rest, by the linker's and compiler's line", () => {
    const twice = {
      ...finding("duplicate-symbol", { symbol: "play" }),
      text: "b.o:(.text+0x0): multiple definition of 'play'",
    };
    expect(matchRecipes(shipped, evidence("link-error", twice))).toEqual([]);
    const owner = {
      ...finding("undeclared", { symbol: "unique_ptr", file: "a.cc" }),
      text: "error: 'unique_ptr' is not a member of 'std'",
    };
    expect(matchRecipes(shipped, evidence("compile-error", owner))[0]?.id).toBe("include-cxx-header");
    const other = { ...owner, text: "error: 'unique_ptr' is not a member of 'boost'" };
    expect(matchRecipes(shipped, evidence("compile-error", other))).toEqual([]);
  });

  test("follow a renamed dependency in the framework's own phases, where another port's build is left alone", () => {
    const gone = finding("depends-missing", { dependency: "devel/old" }, "lib-depends");
    expect(matchRecipes(shipped, evidence("missing-dep", gone))[0]?.id).toBe("follow-renamed-dependency");
    expect(matchRecipes(shipped, evidence("missing-dep", { ...gone, phase: "build" }))).toEqual([]);
  });

  test.each<[string, FailureClass, string, Record<string, string>, RegExp]>([
    [
      "a version",
      "configure-error",
      "version-too-old",
      { tool: "CMake", version: "99" },
      /^CMake is there in another version/,
    ],
    [
      "a library's version",
      "missing-dep",
      "shared-object-missing",
      { library: "libx.so.3" },
      /^libx\.so\.3 is there in another/,
    ],
    ["the machine", "resource", "disk-full", {}, /ran out of disk.*in phase build.*rebuildFirst/],
    [
      "a distfile",
      "fetch-error",
      "fetch-failed",
      { distfile: "a-1.tar.gz" },
      /^a-1\.tar\.gz could not be fetched.*MASTER_SITES/,
    ],
  ])("only advise about %s", (_name, classification, kind, captures, words) => {
    const found = evidence(classification, finding(kind, captures));
    expect(matchRecipes(shipped, found)).toEqual([]);
    expect(adviceFor(shipped, found)).toEqual([expect.stringMatching(words)]);
  });

  test("say why a checksum stays with a person", () => {
    const found = evidence("fetch-checksum", finding("checksum-mismatch", { distfile: "a-1.tar.gz" }));
    expect(adviceFor(shipped, found)).toEqual([
      expect.stringMatching(/^a-1\.tar\.gz is not the file.*makesum/),
    ]);
  });
});

describe("matching", () => {
  test("puts what answers the cause before what has more confidence", () => {
    const cause = finding("header-missing", { header: "x.h", source: "a.c" });
    const found = evidence("compile-error", cause, finding("unknown-type", { type: "u_int", file: "a.c" }));
    expect(matchRecipes(shipped, found).map((match) => match.id)).toEqual([
      "depend-on-header",
      "include-type-header",
      "unhide-system-types",
    ]);
  });

  test("uses equal findings once, distinct ones each", () => {
    const recut = shipped.filter((recipe) => recipe.id === "recut-patch");
    const found = evidence(
      "patch-error",
      finding("patch-hunk-failed", { patch: "patch-a", hunk: "1" }),
      finding("patch-hunk-failed", { patch: "patch-a", hunk: "2" }),
      finding("patch-hunk-failed", { patch: "patch-b", hunk: "1" }),
    );
    expect(recut.flatMap((recipe) => usesOf(recipe, found)).map((use) => use.binding.patch)).toEqual([
      "patch-a",
      "patch-b",
    ]);
  });

  test("leaves alone what a dependency's build says", () => {
    const gmake = finding("gnu-makefile", { makefile: "Makefile" }, "lib-depends");
    expect(matchRecipes(shipped, evidence("build-system-error", gmake))).toEqual([]);
  });

  test("is bounded, however much a log repeats", () => {
    const [recut] = shipped.filter((recipe) => recipe.id === "recut-patch");
    const many = Array.from({ length: 500 }, (_, index) =>
      finding("patch-hunk-failed", { patch: `patch-${index}` }),
    );
    expect(recut && bindingsOf(recut, evidence("patch-error", ...many)).length).toBe(64);
    expect(recut && usesOf(recut, evidence("patch-error", ...many)).length).toBe(12);
  });
});
