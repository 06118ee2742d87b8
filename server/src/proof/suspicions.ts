/** Characters of a line that are matched; a longer line is flagged for its length. */
export const judgedLength = 4096;

/** Commands that do nothing and tell no failure. */
export const nothing = String.raw`(?:(?:(?:/usr/bin/)?env|command|builtin|eval|exec)\s+)?(?:\$[{(](?:TRUE|DO_NADA)(?::[^})]*)?[})]|(?:/usr)?/bin/true|true|:)`;
/** What ends well whatever ended badly before it. */
const harmless = String.raw`(?:${nothing}|(?:exit|return)\s+0|(?:/bin/)?(?:echo|printf)|\$[{(]ECHO\w*[})]|continue|break|\[\s+1\s|test\s+1|sleep\s|date\b|cd\s+\.)`;

/**
 * Lines by which a Makefile tells make itself not to run commands or not to mind their failures: with one of
 * them every phase ends well, whatever the port does, so that a build proves nothing.
 */
export const blindingLines: readonly RegExp[] = [
  /^(?![#\t]).*(?:^|[\s:!])\.(?:IGNORE|SHELL|MAKEFLAGS|MFLAGS)(?=[\s:!]|$)/,
  /^ *(?:\.export\s+)?(?:M(?:AKE)?FLAGS|\.MAKE(?:FLAGS)?(?:\.\w+)*)\s*(?:[?:+!]|:sh)?=/,
];

/** Warnings that say nothing of what the program does; the recipe `tolerate-style-warning` names the same. */
const styleWarnings =
  "unused(?:-[a-z-]+)?|sign-(?:compare|conversion)|missing-(?:prototypes|declarations|field-initializers|variable-declarations)|" +
  "strict-prototypes|old-style-definition|deprecated-(?:declarations|non-prototype)|unknown-(?:pragmas|warning-option)|" +
  "misleading-indentation|comment|cast-qual|empty-body|declaration-after-statement|tautological-compare";

/** A line that, when added anywhere, makes a failure go away without mending it, and what it does. */
export const suspiciousAdditions: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(
      String.raw`\|\|\s*[({]?\s*${harmless}(?![\w/.-])(?!.*\b(?:exit|return)\s+[1-9])|\|\s*(?:${nothing})\s*$`,
    ),
    "ignores a command's failure (|| true)",
  ],
  [/^\t *(?:[@+]+ *-|-[@+]|-(?:[$./]|[a-z]{2,}\s))/, "ignores a command's failure (leading -)"],
  [
    /-D_{0,2}(?:BSD_VISIBLE|_BSD_VISIBLE|POSIX_VISIBLE|_POSIX_VISIBLE|XSI_VISIBLE|ISO_C_VISIBLE)|#\s*define\s+__(?:BSD|POSIX|XSI)_VISIBLE/,
    "forces a visibility macro of the system's headers instead of including the right one",
  ],
  [
    new RegExp(
      String.raw`-Wno-(?!error=(?:${styleWarnings})(?![\w-]))[a-z]|-fpermissive|-fsyntax-only|#\s*pragma\s+(?:GCC|clang)\s+diagnostic\s+(?:ignored|warning)\b|(?:FLAGS|ARGS)[^\s=]*\s*[?+!:]?=(?:.*\s)?["']?-[wkint]+["']?(?:\s|$)|--(?:keep-going|ignore-errors|dry-run|just-print|touch|question)(?:\s|$)`,
    ),
    "silences the compiler or keeps going after errors",
  ],
  [
    /--noinhibit-exec|--unresolved-symbols|--warn-unresolved|--allow-(?:shlib-undefined|multiple-definition)|\bmuldefs\b|-z,?\s*undefs\b/,
    "has the linker pass over what is missing or double",
  ],
  [
    /--(?:disable|without)-\w{0,20}tests?\b|--no-tests?\b|-D\w{0,40}TEST(?:S|ING)?(?::\w{1,10})?=(?:OFF|NO|FALSE|0|disabled)\b|CMAKE_OFF\w*\s*[+?]?=.*(?:\b|_)TEST/i,
    "switches tests of the software off",
  ],
  [
    /@(?:pytest\.mark\.(?:skip|xfail)|unittest\.(?:skip|expectedFailure))|\bt\.Skip(?:Now|f)?\(|\bGTEST_SKIP\(|#\[ignore\b|\bXFAIL_TESTS\b|\bWILL_FAIL\b|--deselect\b|\bGTEST_FILTER=["']?-|\bPYTEST_(?:BROKEN|IGNORED)_TESTS\b/,
    "skips tests of the software",
  ],
  [/-DNDEBUG\b|^\s*#\s*define\s+NDEBUG\b/, "switches assertions of the software off"],
];

/** A line by which a patch takes code out without removing it. */
export const hiddenCode = /^\s*#\s*if\s+\(?\s*(?:0|!\s*1|false)\b/;

/** A line by which a script of the software ends early, as if all were well. */
export const earlyEnd = /^\s*exit(?:\s+0)?\s*;?\s*$/;

/** A list of what the software tests, builds or installs; less in it is less of the software. */
export const partsOfSoftware =
  /^\s*(?:TESTS|SUBDIRS|SUBDIR|check_\w+|\w+_(?:PROGRAMS|LIBRARIES|LTLIBRARIES|SCRIPTS|TESTS))\s*[+:?]?=/;

/** A line of the software that only a test has; one that goes and does not come again is a test less. */
export const testLine =
  /^\s*(?:add_test|enable_testing|gtest_discover_tests|add_subdirectory)\s*\(.{0,40}(?:test|\))|\b(?:static_)?assert(?:_\w+)?\s*\(|\b(?:ASSERT|EXPECT|CHECK)_\w+\s*\(|^\s*(?:int|void)\s+test_\w+\s*\(/i;

/** What a reader of the diff does not see: controls, bidirectional and zero-width characters. */
export const unseen =
  /[\u0000-\u0008\u000b\u000d-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
