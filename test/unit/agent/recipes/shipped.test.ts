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
    const seconds = ["trim-applied-patch", "retire-orphaned-patch"];
    const fixes = shipped.filter((recipe) => recipe.steps.every((step) => step.do !== "advise"));
    expect(
      fixes
        .map((recipe) => recipe.id)
        .filter((id) => !firsts.has(id))
        .sort(),
    ).toEqual(seconds.sort());
  });

  test.each<[string, FailureClass, string, Record<string, string>]>([
    ["a renamed symbol", "link-error", "undefined-reference", { symbol: "raster_load" }],
    ["a structure that changed", "compile-error", "missing-member", { member: "size", type: "struct arena" }],
    ["a type of the program's own", "compile-error", "unknown-type", { type: "widget_t", file: "a.c" }],
    ["a patch finding without the patch's name", "patch-error", "patch-hunk-failed", { file: "a.c" }],
    ["a changed checksum", "fetch-checksum", "checksum-mismatch", { distfile: "a.tar.gz" }],
    ["the same words in another class", "test-error", "gnu-makefile", { makefile: "Makefile" }],
  ])("leave %s alone", (_name, classification, kind, captures) => {
    expect(matchRecipes(shipped, evidence(classification, finding(kind, captures)))).toEqual([]);
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
