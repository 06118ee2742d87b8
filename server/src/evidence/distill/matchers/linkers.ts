import { type Rule, rule } from "./rule.ts";

/** GNU ld, gold, lld, and what other drivers pass on from them. */
export const linkerRules: readonly Rule[] = [
  rule("undefined-reference", ["undefined reference to"], /undefined reference to '(?<symbol>[^']+)'/),
  rule(
    "undefined-reference",
    ["undefined symbol:"],
    /error: undefined (?:hidden |protected )?symbol: (?<symbol>[^\s].*)/,
  ),
  rule("undefined-reference", ["undefined symbol"], /ld[\w.]*: .*undefined symbol '?(?<symbol>[^\s']+)'?/),
  rule("library-missing", ["cannot find -l"], /cannot find -l(?<library>[^\s:]+)/),
  rule(
    "library-missing",
    ["library -l", "library not found for -l"],
    /(?:unable to find library|library not found for) -l(?<library>[^\s:]+)/,
  ),
  rule(
    "library-missing",
    ["cannot open ", "cannot find "],
    /^(?:[\w./-]*\/)?ld[\w.]*: (?:error: )?cannot (?:open|find) (?<library>[^:\s]+\.(?:a|so|l?o)[.\d]*)/,
  ),
  rule(
    "duplicate-symbol",
    ["duplicate symbol", "multiple definition of"],
    /(?:error: duplicate symbol: |multiple definition of )'?(?<symbol>[^';]+)/,
  ),
  rule(
    "version-script",
    ["version script assignment"],
    /version script assignment of '[^']+' to symbol '(?<symbol>[^']+)'/,
  ),
  rule("version-script", ["undefined version"], /error: undefined version:? '?(?<symbol>[^\s']+)/),
  rule("version-script", ["undefined version:"], /ld[\w.]*: (?<symbol>[^\s:]+): undefined version:/),
  rule(
    "relocation",
    ["relocation r_", "recompile with -fpic"],
    /relocation R_\w+ .*?(?:symbol:? '?(?<symbol>[^\s;']+))/,
  ),
  rule("relocation", ["recompile with -fpic"], /recompile with -fPIC/),
  rule(
    "undefined-reference",
    ["hidden symbol "],
    /hidden symbol '(?<symbol>[^']+)'(?: in \S+ is referenced by DSO| isn't defined)/,
  ),
  rule("link-error", ["file not recognized"], /^(?<file>[^\s:]+): (?<message>file not recognized.*)/),
  rule(
    "shared-object-missing",
    ["shared object "],
    /Shared object "(?<library>[^"]+)" not found(?:, required by "(?<file>[^"]+)")?/,
  ),
  rule(
    "shared-object-missing",
    ["error while loading shared libraries"],
    /error while loading shared libraries: (?<library>[^:\s]+): cannot open/,
  ),
  rule(
    "runtime-linker",
    ["undefined symbol ", "ld-elf.so", "symbol lookup error"],
    /^(?:\S*ld-elf[\w.]*: (?<file>[^:\s]+): (?:Undefined symbol "(?<symbol>[^"]+)"|(?<message>.*version \S+ (?:required|not found).*))|.*symbol lookup error: .*undefined symbol: (?<missing>\S+))/,
  ),
  rule("undefined-reference", ["dso missing from command line"], /DSO missing from command line/, {
    weight: 0.8,
  }),
  rule(
    "link-error",
    ["ld: error:", "ld: fatal error:", "ld.lld: error:", "ld.bfd: error", "ld.gold: "],
    /\bld(?:\.\w+)?: (?:fatal )?error: (?<message>.*)/,
  ),
  rule(
    "link-error",
    [
      "file format not recognized",
      "file in wrong format",
      "final link failed",
      "unrecognized option",
      "is incompatible with",
      "unknown argument",
      "unable to ",
    ],
    /^(?:[\w./-]*\/)?ld(?:\.\w+)?: (?:error: )?(?<message>.*(?:unknown argument|unable to|not recognized|wrong format|final link failed|unrecognized option|incompatible with).*)/,
  ),
  rule(
    "link-error",
    ["not recognized", "malformed archive"],
    /^(?:\S*\/)?(?:llvm-)?(?:ar|nm|ranlib|objcopy): (?<message>.*(?:not recognized|malformed).*)/i,
  ),
  rule(
    "link-error",
    ["ld: ", "ld.gold: ", "ld.bfd: ", "ld.lld: "],
    /^(?:[\w./-]*\/)?(?:[\w-]+-)?ld(?:\.\w+)?: (?<message>(?!warning: |skipping |.*: in function |.*: warning: ).+)/,
    { weight: 0.5 },
  ),
  rule(
    "undefined-reference",
    ["symbol not found", "undefined symbols for"],
    /^Undefined symbols for architecture/,
  ),
  rule(
    "undefined-reference",
    ["more undefined references"],
    /more undefined references? to '(?<symbol>[^']+)' follow/,
    { weight: 0.6 },
  ),
];
