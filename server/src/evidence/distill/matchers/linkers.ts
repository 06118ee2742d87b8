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
    /^(?:[\w./-]*\/)?ld[\w.]*: (?:error: )?cannot (?:open|find) (?<library>[^:\s]+\.(?:a|so)[.\d]*)/,
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
  rule(
    "relocation",
    ["relocation r_", "recompile with -fpic"],
    /relocation R_\w+ .*?(?:symbol:? '?(?<symbol>[^\s;']+))/,
  ),
  rule("relocation", ["recompile with -fpic"], /recompile with -fPIC/),
  rule("undefined-reference", ["dso missing from command line"], /DSO missing from command line/, {
    weight: 0.8,
  }),
  rule(
    "link-error",
    ["ld: error:", "ld.lld: error:", "ld.bfd: error", "ld.gold: error"],
    /\bld(?:\.\w+)?: (?:fatal )?error: (?<message>.*)/,
  ),
  rule(
    "link-error",
    [
      "file format not recognized",
      "file in wrong format",
      "final link failed",
      "unrecognized option",
      "incompatible with",
    ],
    /^(?:[\w./-]*\/)?ld(?:\.\w+)?: (?<message>.*(?:not recognized|wrong format|final link failed|unrecognized option|incompatible with).*)/,
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
