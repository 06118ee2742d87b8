import { type Rule, rule } from "./rule.ts";

/** autoconf scripts, the autotools behind them, libtool and pkg-config. */
export const configureRules: readonly Rule[] = [
  rule(
    "pkgconfig-missing",
    ["pkg-config", "pkgconf"],
    /(?:The pkg-config script could not be found|pkg-config(?: executable)?(?: tool)? (?:is )?(?:not found|missing|required)|(?:could not|cannot|can't|unable to) find pkg-config|(?:sh|\d+|env|configure|exec): (?:\S*\/)?pkg-?config?: (?:command )?not found|(?:^|[\s:])pkg-?conf(?:ig)?: (?:command )?not found|pkg-config: No such file|pkg-config (?:needs to be|must be) installed|Pkg-config (?:binary )?.*not found|Found pkg-config: NO|No pkg-config found|pkg-config .*is too old)/i,
    { weight: 0.88 },
  ),
  rule(
    "autotools-macro-missing",
    ["syntax error near unexpected token", "syntax error: "],
    /: (?:line )?\d+: (?:syntax error near unexpected token|Syntax error:).*?(?<macro>(?:PKG|AC|AM|AX|LT|GTK|GNOME|IT)_[A-Z_0-9]+)/i,
  ),
  rule(
    "configure-error",
    ["syntax error", "bad substitution"],
    /^(?:\S*\/)?configure: (?:(?:line )?(?<line>\d+): (?<message>syntax error.*)|(?<substitution>.*Bad substitution))/i,
  ),
  rule(
    "shell-syntax",
    ["syntax error near unexpected token", "syntax error: ", "bad substitution"],
    /^(?<file>[^\s:]+): (?:(?:line )?(?<line>\d+): |(?=.*Bad substitution))(?:(?:syntax error near unexpected token|Syntax error:) ?(?<token>.*)|.*Bad substitution)/i,
  ),
  rule(
    "autotools-macro-missing",
    ["possibly undefined macro", "undefined or overquoted", "undefined macro"],
    /(?:error: possibly undefined macro:|undefined or overquoted macro:|undefined macro:) (?<macro>\w+)/,
  ),
  rule("autotools-macro-missing", ["is undefined"], /error:.* '(?<macro>[A-Z_]{3,})' is undefined/),
  rule("autotools-macro-missing", ["not found in library"], /macro '(?<macro>\w+)' not found in library/),
  rule(
    "autotools-regeneration",
    ["version mismatch"],
    /error: version mismatch\.\s+This is (?<tool>\w+)|libtool: (?:link: )?Version mismatch error/i,
  ),
  rule(
    "autotools-regeneration",
    ["is missing on your system"],
    /WARNING: '(?<tool>(?:auto|acl)[^']+)' is missing on your system/,
    { weight: 0.75 },
  ),
  rule("tool-missing", ["is missing on your system"], /WARNING: '(?<tool>[^']+)' is missing on your system/),
  rule(
    "autotools-regeneration",
    ["or higher is required"],
    /error: (?<tool>Autoconf|Automake)(?: version)? [\d.]+ or higher is required/i,
  ),
  rule(
    "autotools-regeneration",
    ["missing: "],
    /\/missing: (?:line )?(?:\d+: )?(?<tool>(?:auto|acl)[\w.-]+): (?:command )?not found/,
  ),
  rule("autotools-regeneration", ["gettext infrastructure mismatch"], /gettext infrastructure mismatch/, {
    implies: { tool: "gettext" },
  }),
  rule(
    "libtool-error",
    ["command not found"],
    /libtool: (?:line )?\d+: (?<message>X?--?\S+?: command not found)/,
  ),
  rule("autotools-regeneration", ["required file '"], /error: required file '(?<file>[^']+)' not found/),
  rule(
    "autotools-regeneration",
    ["automake", "autom4te", "aclocal"],
    /^(?<tool>automake|autom4te|aclocal|autoheader)[\d.-]*: error: (?<message>.*)/,
    { weight: 0.75 },
  ),
  rule(
    "autotools-regeneration",
    ["autoreconf: "],
    /^autoreconf(?:[\d.-]*): (?:error: )?(?<message>.*(?:failed with exit status|is required|not found).*)/,
    { weight: 0.6 },
  ),
  rule(
    "configure-elsewhere",
    [
      "cannot create executables",
      "cannot run c",
      "fails sanity check",
      "cannot compute s",
      "compiler doesn't work",
      "is not able to compile a simple",
      "cannot compile programs",
    ],
    /(?:compiler cannot create executables|cannot run C\+* compiled programs|fails sanity check|cannot compute suffix|is not able to compile a simple)/,
    { implies: { log: "config.log" } },
  ),
  rule(
    "configure-elsewhere",
    ["no working c compiler", "no acceptable c"],
    /[Nn]o (?:working|acceptable) C(?:\+\+)? compiler found/,
    { implies: { log: "config.log" } },
  ),
  rule(
    "pkgconfig-package-missing",
    ["package requirements"],
    /Package requirements \((?<package>[\w.+-]+).*\) were not met/,
  ),
  rule("pkgconfig-package-missing", ["no package '"], /No package '(?<package>[^']+)' found/),
  rule(
    "pkgconfig-package-missing",
    ["was not found in the pkg-config search path"],
    /Package (?<package>\S+) was not found in the pkg-config search path/,
  ),
  rule(
    "pkgconfig-package-missing",
    [", required by '"],
    /Package '(?<package>[^']+)', required by '[^']+', not found/,
  ),
  rule("pkgconfig-package-missing", ["requested '"], /Requested '(?<package>[\w.+-]+)[^']*' but version of/, {
    weight: 0.8,
  }),
  rule(
    "dependency-missing",
    ["error: "],
    /^(?:[^:]*\.\.\. ?)?[\w./-]*config(?:ure)?[\w./-]*: error: (?<dependency>(?!.*(?:prerequisites|toolchain|install-sh|sources?\b|source tree|install directory|build type|Makefile)).*(?:not (?:be )?found|n't (?:be )?found|(?:could|can|did) ?n[o']t find|cannot find|unable to (?:find|locate)|is required|are required|is missing|missing|please install|must be installed|not installed|\bneeded\b|cannot build without|requires? (?:the )?lib|need(?:s|ed)? (?:the )?lib).*)/i,
    { weight: 0.8 },
  ),
  rule(
    "configure-error",
    ["unable to guess", "not recognized", "cannot guess "],
    /^(?<message>(?:\S+: )?unable to guess system type|(?:checking .*\.\.\. )?Invalid configuration '.*(?:machine|system|OS|kernel).* not recognized)/,
    { weight: 0.8 },
  ),
  rule(
    "configure-error",
    [
      "unsupported os",
      "unsupported host",
      "unsupported operating system",
      "unsupported platform",
      "unsupported system",
      "unsupported architecture",
      "unknown os",
      "unknown operating system",
      "unknown platform",
      "unknown system",
      "unknown host system",
      "unrecognized platform",
      "unrecognized system",
    ],
    /^(?!\S+:\d+:)(?:[\w. -]{1,40}: )?(?:error: )?(?<message>(?:unsupported|unknown|unrecogni[sz]ed) (?:host |build |target )?(?:OS|operating system|platform|system|architecture)\b.*)/i,
    { weight: 0.7 },
  ),
  rule(
    "configure-error",
    ["could not configure a c", "project was not configured"],
    /(?<message>Could not configure an? C(?:\+\+|XX)? compiler|The project was not configured.*)/i,
    { weight: 0.72 },
  ),
  rule("configure-error", ["unknown option "], /^(?:ERROR: )?(?<message>[Uu]nknown option "?--.*)/, {
    weight: 0.6,
  }),
  rule(
    "configure-error",
    ["aborting configure", "configure aborted"],
    /(?:error: )?(?<message>Aborting configure run|configure aborted)/i,
    { weight: 0.45 },
  ),
  rule("configure-elsewhere", ["configure: error: in "], /^configure: error: in '/, {
    weight: 0.3,
    role: "secondary",
  }),
  rule("consequence", ["configure failed for"], /error: .*configure failed for (?<message>.*)/, {
    role: "secondary",
  }),
  rule(
    "configure-error",
    ["configure: error:", "configure.sh: error:", "config.status: error"],
    /config(?:ure|\.status)[\w.]*: error: (?<message>.*)/,
  ),
  rule("autotools-macro-missing", ["unexpanded ax_"], /Unexpanded (?<macro>AX_\w*) ?macro/),
  rule(
    "autotools-regeneration",
    ["configure.ac:", "configure.in:", "makefile.am:", "libtoolize: "],
    /^(?:(?:\S*\/)?(?:configure\.(?:ac|in)|\S*Makefile\.am)(?::\d+)?|libtoolize): +error: (?<message>.*)/,
    { weight: 0.7 },
  ),
  rule("dependency-hint", ["failed to find "], /^[-*] Failed to find (?<dependency>\S+)/, { weight: 0.72 }),
  rule("dependency-hint", ["failed to find "], /^\s*Failed to find (?<dependency>\S+)/),
  rule("library-missing", ["libtool: "], /libtool:.* cannot find the library '(?<library>[^']+)'/),
  rule(
    "libtool-error",
    ["libtool: error:", "is not a valid libtool"],
    /libtool:(?: \w+:)*(?: error:)? (?<message>.*)/,
  ),
];
