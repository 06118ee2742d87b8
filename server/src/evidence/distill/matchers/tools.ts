import { type Rule, rule } from "./rule.ts";

/** Build tools and compilers that speak a dialect of their own, and other distributions' package tools. */
export const toolRules: readonly Rule[] = [
  rule(
    "dependency-missing",
    ["unknown module(s) in qt", "unknown qt module"],
    /(?:Project ERROR: )?Unknown module\(s\) in QT: (?<dependency>.+)/,
  ),
  rule(
    "dependency-missing",
    ["project error:"],
    /Project ERROR: (?<dependency>\S+) development package not found/,
  ),
  rule("configure-error", ["project error:"], /^Project ERROR: (?<message>.*)/),
  rule("configure-error", ["error at //"], /^ERROR at (?<file>\/\/\S+?):(?<line>\d+)[:\d]*: (?<message>.*)/),
  rule(
    "build-tool-error",
    ["fatal error", "subprocess failed"],
    /^(?:\S*\/)?(?:msg\w+: (?<message>found \d+ fatal errors?)|bison: (?<failed>.* subprocess failed.*))/,
    { weight: 0.7 },
  ),
  rule("libtool-error", ["libtool: line "], /libtool: line \d+: (?<message>.*)/, { weight: 0.6 }),
  rule("tool-missing", ["could not find the program"], /Could not find the program \['?(?<tool>[^'\]]+)/),
  rule(
    "dependency-missing",
    [": not found"],
    /^Checking for (?:library |header |program )?'?(?<dependency>[\w.+/-]+)'?\s+: not found/,
    { weight: 0.55 },
  ),
  rule(
    "make-stop",
    ["the configuration failed", "scons: *** [", "scons: building terminated"],
    /^The configuration failed|^scons: (?:\*\*\* \[(?<target>[^\]]+)\]|building terminated)/,
    { role: "terminal" },
  ),
  rule(
    "dependency-missing",
    [".sty' not found", ".cls' not found", ".tex' not found"],
    /File '(?<dependency>[^']+)' not found/,
  ),
  rule(
    "dependency-missing",
    ["attempt to load network entity", "failed to load external entity"],
    /(?:Attempt to load network entity|failed to load external entity) "?(?<dependency>[^\s"]+)/,
  ),
  rule(
    "dependency-missing",
    ["is not available for package", "are not available for package"],
    /ERROR: dependenc(?:y|ies) (?<dependency>.+) (?:is|are) not available for package/,
  ),
  rule(
    "compile-error",
    ["yacc: e - ", "yacc: f - "],
    /^\w*yacc: [ef] - (?:line (?<line>\d+) of "(?<file>[^"]+)", )?(?<message>.*)/,
  ),
  rule(
    "compile-error",
    ["): error: ", ") error: ", "): fatal: ", ") fatal: ", ": error cs"],
    /^(?<file>[^\s(]+)\((?<line>\d+)(?:, ?\d+)?\):? (?:Error|error(?: \w+)?|Fatal): (?<message>.*)/,
  ),
  rule(
    "compile-error",
    [".adb:", ".ads:"],
    /^(?<file>\S+\.ad[bs]):(?<line>\d+):\d+: (?:error: )?(?<message>(?!warning|info|\(style\)).*)/,
  ),
  rule(
    "compile-error",
    ["e: file:", "[error] /", ".erl:"],
    /^(?:e: (?:file:\/\/)?|\[error\] )?(?<file>\/?\S+\.(?:kts?|scala|erl)):(?<line>\d+):(?:\d+:?)? (?<message>(?!Warning).*)/,
  ),
  rule(
    "compile-error",
    [".nim(", ".cr:", ".d(", ".zig:", ".swift:", ".vala:"],
    /^(?:In )?(?<file>\S+\.(?:nim|cr|d|zig|swift|vala))[(:](?<line>\d+)[^\s)]*\)?:? (?:fatal )?error: (?<message>.*)/i,
  ),
  rule(
    "script-error",
    ["php fatal error", "php parse error"],
    /PHP (?<exception>Fatal error|Parse error): +(?<message>.*)/,
  ),

  rule(
    "dependency-missing",
    [
      "nothing provides ",
      "no match for argument",
      "no matching package to install",
      "unable to locate package",
      "unmet build dependencies",
      "failed build dependencies",
    ],
    /(?:nothing provides (?<provides>.+?)(?: needed by|$)|No match for argument: (?<dependency>\S+)|No matching package to install: '(?<wanted>[^']+)'|Unable to locate package (?<package>\S+)|[Uu]nmet build dependencies: (?<unmet>.*)|Failed build dependencies:)/,
  ),
  rule(
    "plist-other",
    ["unpackaged) file", "dh_missing: error", "cannot find (any matches for)", "missing files, aborting"],
    /(?<message>Installed \(but unpackaged\) file\(s\) found.*|dh_missing: error: .*|dh_\w+: (?:error: |warning: )?Cannot find \(any matches for\) .*|dh_\w+: error: missing files, aborting)/,
  ),
  rule(
    "plist-missing",
    ["file not found: ", "directory not found: "],
    /^\s*(?:error: )?(?:File|Directory) not found: (?<path>\/\S+)/,
  ),
  rule("fetch-failed", ["bad source: "], /error: Bad source: (?<distfile>[^:\s]+)/),
  rule(
    "checksum-mismatch",
    ["digest verification failed", "hash mismatch in", "do not match the hashes", "does not match recorded"],
    /Digest verification failed|hash mismatch in|DO NOT MATCH THE HASHES|does not match recorded/,
  ),
];
