import { diagnostic, type Rule, rule } from "./rule.ts";

/** Rust and cargo, Go, Java and maven, Haskell, OCaml. */
export const languageRules: readonly Rule[] = [
  rule(
    "module-missing",
    [
      "no matching package",
      "failed to get '",
      "failed to select a version",
      "unable to update ",
      "failed to load source",
      "failed to sync",
    ],
    /error: (?:no matching package named|failed to get|failed to select a version for(?: the requirement)?) '(?<module>[^'=]+)|error: failed to (?<message>load source for dependency|sync)/,
    { implies: { language: "rust" } },
  ),
  rule(
    "module-missing",
    ["can't find crate", "no matching package", "unresolved import"],
    /error\[E0463\]: can't find crate for '(?<module>[^']+)'/,
    { implies: { language: "rust" } },
  ),
  rule(
    "version-too-old",
    ["requires rustc", "is not supported by the following package"],
    /(?:cannot be built because it )?requires rustc (?<version>[\d.]+)|rustc (?<found>[\d.]+) is not supported/,
    { implies: { tool: "rustc" } },
  ),
  rule(
    "checksum-mismatch",
    ["changed between lock files", "checksum for '"],
    /checksum for '(?<distfile>[^']+)' (?:changed between lock files|was not previously)/,
  ),
  rule(
    "module-missing",
    ["lock file"],
    /error: (?:the lock file .* needs to be updated|cannot update the lock file)/,
    { weight: 0.8, implies: { language: "rust" } },
  ),
  rule(
    "module-missing",
    ["but --offline was specified", "unable to get packages from source"],
    /--offline was specified|unable to get packages from source/,
    { implies: { language: "rust" } },
  ),
  rule(
    "version-too-old",
    ["lock file version", "is required"],
    /lock file version \S+ (?:requires|was found)|feature '(?<version>edition\d+)' is required/,
    { implies: { tool: "cargo" } },
  ),
  rule(
    "consequence",
    ["could not compile", "aborting due to"],
    /error: (?:could not compile|aborting due to)/,
    { role: "secondary", implies: { class: "compile-error" } },
  ),
  rule(
    "build-tool-error",
    ["failed to run custom build command"],
    /error: failed to run custom build command for '(?<message>[^']+)'/,
    { weight: 0.55 },
  ),
  rule("tool-missing", ["error: linker '"], /error: linker '(?<tool>[^']+)' not found/),
  rule("tool-missing", ["not installed?"], /is '(?<tool>[\w.+-]+)' not installed\?/, { weight: 0.82 }),
  rule("dependency-missing", ["unable to find libclang"], /Unable to find (?<dependency>libclang)/),
  rule(
    "dependency-missing",
    ["the system library '", "could not find directory of openssl"],
    /The system library '(?<dependency>[^']+)' required by crate|Could not find directory of (?<package>OpenSSL) installation/,
  ),
  rule(
    "build-tool-error",
    ["panicked at "],
    /^\s*thread '[^']{0,80}' (?:\(\d+\) )?panicked at (?<message>.*)/,
    { weight: 0.58 },
  ),
  rule("link-error", ["linking with '"], /error: linking with '(?<message>[^']+)' failed/, { weight: 0.7 }),
  rule("undeclared", ["error[e04"], /^error\[E04(?:12|25|32|33|35|05)\]: .*?'(?<symbol>[^']+)'/),
  rule(
    "missing-member",
    ["error[e0"],
    /^error\[E0(?:609|599|560)\]: no .*?named? '(?<member>[^']+)'.*? '(?<type>[^']+)'/,
  ),
  rule("compile-error", [".rs:"], /^(?<file>\S+\.rs):(?<line>\d+):\d+: \d+:\d+ error: (?<message>.*)/),
  rule("compile-error", ["error[e0"], /^error\[E\d+\]: (?<message>.*)/),

  rule(
    "module-missing",
    [
      "module lookup disabled",
      "no required module provides",
      "cannot find package",
      "cannot find module providing",
      "missing go.sum entry",
      "is not in goroot",
      "is not in std",
      "inconsistent vendoring",
      "not explicitly required",
      "updates to go.mod needed",
    ],
    /(?:updates to go\.mod needed|go: (?<module>[^\s@]+)@\S+: module lookup disabled|no required module provides package (?<package>[^\s;]+)|cannot find package "(?<path>[^"]+)"|cannot find module providing package (?<provider>\S+?):?(?:\s|$)|missing go\.sum entry|package (?<std>\S+) is not in (?:GOROOT|std)|inconsistent vendoring)/,
    { implies: { language: "go" } },
  ),
  rule("module-missing", ["module lookup disabled"], /module lookup disabled/, {
    implies: { language: "go" },
  }),
  rule("version-too-old", ["requires go >="], /requires go >= (?<version>[\d.]+)/, {
    implies: { tool: "go" },
  }),
  rule(
    "tool-missing",
    ["executable file not found in", 'c compiler "'],
    /(?:exec: "(?<tool>[^"]+)": executable file not found|C compiler "(?<compiler>[^"]+)" not found)/,
  ),
  rule(
    "build-tool-error",
    ["go: "],
    /^go: (?!downloading|finding|extracting|added|upgraded|warning|creating)(?<message>.*)/,
  ),
  rule(
    "compile-error",
    ["build constraints exclude"],
    /build constraints exclude all Go files in (?<file>\S+)/,
  ),
  rule(
    "undeclared",
    [": undefined: "],
    /^(?:vet: )?(?<file>\S+\.go):(?<line>\d+)(?::\d+)?: undefined: (?<symbol>\S+)/,
  ),
  rule(
    "missing-member",
    [" undefined ("],
    /^(?<file>\S+\.go):(?<line>\d+):\d+: \S+ undefined \(type (?<type>\S+) has no (?:field or method|field|method) (?<member>[^\s,)]+)/,
  ),
  rule(
    "compile-error",
    [".go:"],
    /^(?:vet: )?(?<file>[^\s:]+\.go):(?<line>\d+):\d+: (?<message>(?!warning).+)/,
    { weight: 0.75 },
  ),

  rule(
    "module-missing",
    [
      "could not resolve dependencies",
      "could not find artifact",
      "unresolved dependenc",
      "could not resolve all",
    ],
    /(?:Could not (?:resolve dependencies for project|find artifact|resolve all \w+)|unresolved dependenc(?:y|ies)):? ?(?<module>[^\s:]+(?::[^\s:]+)?)/,
    { weight: 0.8, implies: { language: "java" } },
  ),
  rule(
    "compile-error",
    ["[javac]", "[error] /"],
    /^\s*\[(?:javac|ERROR)\] (?<file>\/?[^\s:]+\.java):\[?(?<line>\d+).*?(?:error:|\]) (?<message>.*)/,
  ),
  rule(
    "compiler-flag",
    ["invalid target release", "is no longer supported", "release version "],
    /error: (?:release version (?<release>\S+) not supported|invalid (?:target|source) release: (?<flag>\S+)|(?:Source|Target) option (?<level>\S+) is no longer supported)/i,
  ),
  rule(
    "version-too-old",
    ["unsupportedclassversionerror", "class file version"],
    /UnsupportedClassVersionError|class file (?:has wrong )?version (?<version>[\d.]+)/,
    { implies: { tool: "java" } },
  ),
  rule(
    "module-missing",
    ["could not find or load main class"],
    /Could not find or load main class (?<module>\S+)/,
    { weight: 0.75, implies: { language: "java" } },
  ),
  rule(
    "dependency-missing",
    ["java_home"],
    /(?:set|find) JAVA_HOME|JAVA_HOME is not|JAVA_HOME.*(?:undefined|not set)/,
    {
      weight: 0.7,
    },
  ),
  rule(
    "script-error",
    ["exception"],
    /^(?:Exception in thread "[^"]*" )?(?<exception>(?:[a-z_]\w*\.)+[A-Z]\w*(?:Exception|Error))(?:: (?<message>.*))?$/,
    { weight: 0.62 },
  ),
  rule("build-tool-error", ["failed to execute goal"], /\[ERROR\] Failed to execute goal (?<message>.*)/, {
    weight: 0.55,
  }),
  rule(
    "consequence",
    [
      "build failed",
      "compilation error",
      "build failure",
      "execution failed for task",
      "compile failed; see",
    ],
    /^(?:Execution failed for task|.*Compile failed; see the compiler error output|BUILD FAILED|\[ERROR\] COMPILATION ERROR|\[INFO\] BUILD FAILURE|FAILURE: Build failed)/,
    { role: "secondary" },
  ),

  rule(
    "module-missing",
    ["could not find module", "failed to load interface"],
    /(?:Could not find module|Failed to load interface for) '(?<module>[^']+)'/,
    { implies: { language: "haskell" } },
  ),
  rule(
    "module-missing",
    ["unknown package:", "cabal: could not resolve", "encountered missing or private dependencies"],
    /(?:unknown package: (?<module>\S+)|[Cc]ould not resolve dependencies|Encountered missing or private dependencies)/,
    { implies: { language: "haskell" } },
  ),
  diagnostic("compile-error", [".hs:", ".lhs:"], /(?<message>.*)/),
  rule(
    "module-missing",
    ["unbound module", 'error: library "', "package '"],
    /Error: (?:Unbound module (?<module>\S+)|Library "(?<library>[^"]+)" not found)|ocamlfind: Package '(?<package>[^']+)' not found/,
    { implies: { language: "ocaml" } },
  ),
];
