import { type Rule, rule } from "./rule.ts";

/** CMake, meson and what they say of absent parts. */
export const cmakeMesonRules: readonly Rule[] = [
  rule("cmake-error", ["could not find toolchain file"], /Could not find toolchain file: (?<message>.*)/, {
    weight: 0.85,
  }),
  rule(
    "pkgconfig-package-missing",
    ["required packages were not found"],
    /The following required packages were not found/,
    { weight: 0.78 },
  ),
  rule(
    "dependency-missing",
    ["could not find a package configuration file"],
    /Could not find a package configuration file provided by "(?<dependency>[^"]+)"/,
  ),
  rule(
    "dependency-missing",
    ["could not find module find"],
    /Could not find module Find(?<dependency>\w+)\.cmake/,
  ),
  rule(
    "dependency-missing",
    ["by not providing"],
    /By not providing "(?:Find)?(?<dependency>[^".]+)(?:\.cmake)?"/,
  ),
  rule(
    "dependency-missing",
    ["could not find "],
    /^\s+Could not find (?!module|a |the |gem )(?<dependency>\S+)/,
  ),
  rule(
    "dependency-missing",
    ["could not find the following"],
    /CMake could not find the following (?<dependency>.*)/,
  ),
  rule("dependency-hint", ["could not find "], /^-- Could NOT find (?<dependency>\S+)/, {
    weight: 0.2,
    role: "secondary",
  }),
  rule("dependency-missing", ["could not find "], /^\s*(?:CMake Error.*)?Could NOT find (?<dependency>\S+)/),
  rule(
    "version-too-old",
    ["or higher is required"],
    /(?<tool>CMake|Meson|Python|Perl|Ruby) (?<version>[\d.]+) or higher is required/,
  ),
  rule(
    "configure-error",
    ["compatibility with cmake"],
    /Compatibility with CMake < [\d.]+ has been removed/,
    { weight: 0.85 },
  ),
  rule(
    "dependency-missing",
    ["are set to notfound"],
    /variables are used in this project, but they are set to NOTFOUND/,
  ),
  rule("pkgconfig-package-missing", ["required package was not found"], /A required package was not found/, {
    weight: 0.78,
  }),
  rule(
    "stage-install",
    ["file install cannot ", "file rpath_", "file copy_file"],
    /^\s+(?<message>file (?:INSTALL|RPATH_\w+) (?:cannot|could not|given) .*)/i,
    { weight: 0.82 },
  ),
  rule("cmake-error", ["cmake error at "], /^CMake Error at (?<file>[^:]+):(?<line>\d+)/),
  rule("cmake-error", ["cmake error"], /^CMake Error(?: in [^:]+)?: ?(?<message>.*)/),
  rule(
    "version-too-old",
    ["but project requires"],
    /ERROR: (?<tool>\w+) version is \S+ but project requires (?<version>.*)/i,
  ),
  rule(
    "dependency-missing",
    ["error: dependency "],
    /ERROR: Dependency "(?<dependency>[^"]+)" (?:not found|is required)/i,
  ),
  rule("dependency-missing", ["dependency lookup for"], /ERROR: Dependency lookup for (?<dependency>\S+)/i),
  rule(
    "dependency-missing",
    ["invalid version of dependency"],
    /ERROR: Invalid version of dependency, need '(?<dependency>[^']+)'/i,
  ),
  rule("module-missing", ["is missing modules: "], /ERROR: \S+ is missing modules: (?<module>[\w.-]+)/i, {
    implies: { language: "python" },
  }),
  rule(
    "tool-missing",
    ["unknown compiler(s)"],
    /ERROR: Unknown compiler\(s\): \[\['(?<tool>(?!(?:cc|gcc|clang|c\+\+|g\+\+)')[\w+-]+)'/,
  ),
  rule("tool-missing", ["could not detect ninja"], /Could not detect (?<tool>Ninja)/i),
  rule("pkgconfig-missing", ["pkg-config binary"], /ERROR: Pkg-config binary/i),
  rule(
    "tool-missing",
    ["error: program"],
    /ERROR: Program(?:\(s\)|s)? \[?'(?<tool>[^']+)'.*(?:not found|found:? ?NO)/i,
  ),
  rule(
    "dependency-missing",
    ["library '"],
    /ERROR: (?:C|C\+\+)? ?(?:shared or static )?library '(?<dependency>[^']+)' not found/i,
  ),
  rule("dependency-missing", ["header '"], /ERROR: C(?:\+\+)? header '(?<dependency>[^']+)' not found/i),
  rule(
    "dependency-missing",
    ["subproject"],
    /ERROR: .*[Ss]ubproject "?(?<dependency>[\w./-]+)"? .*(?:required but not found|disabled|is buildable: NO)/,
  ),
  rule(
    "dependency-missing",
    ["wrap-based subproject downloading"],
    /Automatic wrap-based subproject downloading is disabled/,
  ),
  rule(
    "meson-error",
    ["meson.build:", "meson.options", "meson_options"],
    /^(?:\S*\/)?(?<file>meson[\w.]*):(?<line>\d+):\d+: ERROR: (?<message>.*)/,
  ),
  rule(
    "meson-error",
    ["meson.build:"],
    /(?<!\S)(?<file>\S{0,200}meson\.build):(?<line>\d+):\d+: ERROR: (?<message>.*)/,
  ),
];
