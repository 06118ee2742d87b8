/** The operators by which make sets a variable, `!=` and `::=` included. */
const set = String.raw`\s*(?:[?:+!]|:sh|::[?+!]?)?=`;
const variable = (names: string) => new RegExp(String.raw`^[\s.\w]*\b(?:${names})${set}`);
/** As `variable`, but only where what stood before is lost. */
const replaced = (names: string) => new RegExp(String.raw`^ *(?:${names})\s*(?::|!|:sh)?=`);
const nothing = String.raw`(?:\$[{(]TRUE[})]|(?:/usr)?/bin/true|true|:)`;

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
    new RegExp(String.raw`\|\|\s*(?:${nothing}|exit\s+0|(?:/bin/)?echo|\$[{(]ECHO\w*[})])(?![\w/.-])`),
    "ignores a command's failure (|| true)",
  ],
  [/^\t(?:[@+]+-|-[@+]|-(?:[$./]|[a-z]{2,}\s))/, "ignores a command's failure (leading -)"],
  [
    /-D_{0,2}(?:BSD_VISIBLE|_BSD_VISIBLE|POSIX_VISIBLE|_POSIX_VISIBLE|XSI_VISIBLE|ISO_C_VISIBLE)|#\s*define\s+__(?:BSD|POSIX|XSI)_VISIBLE/,
    "forces a visibility macro of the system's headers instead of including the right one",
  ],
  [
    new RegExp(
      String.raw`-Wno-error(?!=(?:${styleWarnings})(?![\w-]))|-fpermissive|(?:FLAGS|ARGS)[^\s=]*\s*[?+!:]?=(?:.*\s)?["']?-[wkint]+["']?(?:\s|$)|--(?:keep-going|ignore-errors|dry-run|just-print|touch|question)(?:\s|$)`,
    ),
    "silences the compiler or keeps going after errors",
  ],
  [
    /--(?:disable|without)-\w{0,20}tests?\b|--no-tests?\b|-D\w{0,40}TEST(?:S|ING)?(?::\w{1,10})?=(?:OFF|NO|FALSE|0|disabled)\b|CMAKE_OFF\w*\s*[+?]?=.*(?:\b|_)TEST/i,
    "switches tests of the software off",
  ],
];

/** A line of the software that only a test has; one that goes and does not come again is a test less. */
export const testLine =
  /^\s*(?:add_test|enable_testing|gtest_discover_tests|add_subdirectory)\s*\(.{0,40}(?:test|\))|\b(?:static_)?assert(?:_\w+)?\s*\(|\b(?:ASSERT|EXPECT|CHECK)_\w+\s*\(|^\s*(?:int|void)\s+test_\w+\s*\(/i;

/** The same for what make reads of the port. */
export const suspiciousInPort: readonly (readonly [RegExp, string])[] = [
  [
    variable(
      String.raw`(?:BROKEN|IGNORE|DEPRECATED|FORBIDDEN|EXPIRATION_DATE|NOT_FOR_ARCHS|ONLY_FOR_ARCHS)\w*`,
    ),
    "marks the port as broken, ignored or deprecated",
  ],
  [
    variable(String.raw`NO_(?!ARCH\b)\w+|DISABLE_\w+|TEST_TARGET|MAKE_JOBS_UNSAFE|DEVELOPER_MODE`),
    "switches a check or a step of the framework off",
  ],
  [
    /^(?:do-[\w-]+|check-[\w-]+|stage-qa|checksum|package|stage|build|configure|install|fetch|extract|patch|test)(?:\s+[\w-]+)*\s*(?:!|::?)(?![:?+!]?=)/,
    "replaces a step of the framework",
  ],
  [
    variable("(?:BUILD|INSTALL|CONFIGURE|TEST)_WRKSRC|ALL_TARGET|INSTALL_TARGET"),
    "builds or installs another part of the software",
  ],
  [replaced(String.raw`(?:TMP|PKG_?)?PLIST\w*`), "replaces the packing list"],
  [
    variable("DISTFILES|EXTRACT_ONLY|PATCHFILES|PATCHDIR|DISTINFO_FILE|MASTERDIR"),
    "takes sources, patches or checksums from elsewhere",
  ],
  [
    variable(
      "PATH|OPSYS|ARCH|PORTSDIR|DISTDIR|PACKAGES|PKGFILE|PKGNAME|WRKDIR|WRKDIRPREFIX|STAGEDIR|LOCALBASE|PREFIX|\\.CURDIR",
    ),
    "changes a name or a folder that the builder sets",
  ],
  [
    new RegExp(
      String.raw`^ *(?:\w*CMD|\w*TARGET|\w*INSTALL\w*|CC|CXX|CPP|LD|AR|B?G?MAKE|PATCH|SH|STRIP)${set}\s*(?:${nothing}|echo)\s*$`,
    ),
    "puts something that does nothing in the place of a tool",
  ],
  [
    new RegExp(String.raw`^\t.*(?:;\s*(?:${nothing}|exit\s+0)\s*\)?\s*$|\bset\s+\+e\b)`),
    "ignores a command's failure (; true)",
  ],
  [/^\t.*(?:\$[{(]RM[})]|\brm\s|-delete\b|\bmv\s).*STAGEDIR/, "takes installed files away"],
  [
    /^\s*OPTIONS_EXCLUDE\w*\s*[?:+]?=|_DEPENDS\w*:[NM]|^\s*\.\s*undef\s/,
    "takes options or dependencies away",
  ],
  [/^ *[\w.]+\s*(?:!|:sh\s*)=|\$[{(]:!|:!.*![})]|:sh[})]/, "runs a command whenever make reads the port"],
  [/^[^\s#=:]*\$[{(][^\s=]*\s*(?:[?+!:]?=|:)/, "names a variable or a target indirectly"],
  [/^ *\.\s*[sd-]?include\s+(?!<bsd\.port\.[\w.]+>)/, "includes another file"],
  [
    /^ *\.(?!(?:PHONY|ORDER|PATH|include|if|el|endif|for|endfor|undef|export|error|warning|info)\b)[A-Z]\w*/,
    "uses a special target of make",
  ],
];

/** What a reader of the diff does not see: controls, bidirectional and zero-width characters. */
export const unseen =
  /[\u0000-\u0008\u000b\u000d-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** In an overlay these hide what the upstream port says; `+=` adds to it. */
export const upstreamLists = replaced(String.raw`(?:\w+_)?\w*DEPENDS|OPTIONS_\w+|USES`);
