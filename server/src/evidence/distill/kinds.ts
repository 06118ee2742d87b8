import type { FailureClass } from "../../protocol/index.ts";

/** A class, or a class by the phase in which the line stands (`other` for every phase not named). */
type ClassByPhase = Readonly<Partial<Record<string, FailureClass>> & { other: FailureClass }>;

interface KindFacts {
  readonly class: FailureClass | ClassByPhase;
  /** How surely such a line is a cause and not a consequence or noise, 0 to 1. */
  readonly weight: number;
  readonly doc: string;
}

const byPhase: ClassByPhase = {
  fetch: "fetch-error",
  extract: "extract-error",
  patch: "patch-error",
  configure: "configure-error",
  build: "build-system-error",
  stage: "stage-error",
  test: "test-error",
  other: "build-system-error",
};
const scriptByPhase: ClassByPhase = { ...byPhase, other: "runtime-error" };

function kind(category: KindFacts["class"], weight: number, doc: string): KindFacts {
  return { class: category, weight, doc };
}

/** Every kind of finding. Captures are named in the line of documentation, in braces. */
const KINDS = {
  "patch-hunk-failed": kind(
    "patch-error",
    0.9,
    "patch(1) could not place hunks {patch, file, hunk, rejects}",
  ),
  "patch-already-applied": kind("patch-error", 0.9, "patch(1) found the change already there {patch, file}"),
  "patch-missing-file": kind("patch-error", 0.9, "patch(1) found no file to patch {patch, file}"),
  "patch-malformed": kind("patch-error", 0.9, "patch(1) cannot read the patch {patch, file}"),
  "patch-failed": kind("patch-error", 0.75, "the framework names the patch that failed {patch}"),
  "patch-file-absent": kind("patch-error", 0.85, "a patch file itself is missing {patch}"),

  "plist-orphaned": kind("plist-error", 0.9, "staged but not in the packing list {path}"),
  "plist-missing": kind("plist-error", 0.9, "in the packing list but not staged {path}"),
  "plist-other": kind("plist-error", 0.85, "another fault of the packing list {path?}"),

  "gnu-makefile": kind("build-system-error", 0.9, "bmake reads a GNU makefile {makefile, line}"),
  "bsd-makefile": kind("build-system-error", 0.85, "gmake cannot read a makefile {makefile, line}"),
  "makefile-missing": kind("build-system-error", 0.85, "no makefile to read {makefile?}"),
  "makefile-stop": kind(byPhase, 0.7, "a makefile stops with a message of its own {makefile, line, message}"),
  "no-rule": kind("build-system-error", 0.8, "make or ninja knows no rule {target, needed?}"),
  "autotools-regeneration": kind(
    "build-system-error",
    0.85,
    "automake, autoconf or libtool of another version {tool?}",
  ),
  "autotools-macro-missing": kind("build-system-error", 0.8, "aclocal or autoconf lacks a macro {macro}"),
  "libtool-error": kind(
    { stage: "stage-error", install: "stage-error", other: "build-system-error" },
    0.75,
    "libtool stops {message}",
  ),
  "uses-unknown": kind("build-system-error", 0.95, "USES names no Mk/Uses file {uses}"),
  "port-makefile": kind(
    "build-system-error",
    0.85,
    "the port's own makefile does not parse {makefile, line}",
  ),

  "pkgconfig-missing": kind("missing-dep", 0.9, "pkg-config itself is not found {}"),
  "pkgconfig-package-missing": kind("missing-dep", 0.85, "pkg-config finds no such package {package}"),
  "dependency-missing": kind(
    "missing-dep",
    0.8,
    "configure, a build tool or a language finds no such part {dependency}",
  ),
  "dependency-hint": kind("missing-dep", 0.55, "something optional was not found {dependency}"),
  "depends-missing": kind("missing-dep", 0.5, "a *-depends phase found a dependency absent {dependency}"),
  "module-missing": kind(
    "missing-dep",
    0.85,
    "a language module is not installed or not vendored {module, language}",
  ),
  "tool-missing": kind("missing-dep", 0.8, "a command is not installed {tool}"),
  "script-missing": kind(byPhase, 0.8, "a script of the sources is not there, e.g. ./configure {tool}"),
  "version-too-old": kind("configure-error", 0.85, "a tool is too old or too new {tool, version}"),

  "header-missing": kind("compile-error", 0.9, "an included header is not found {header, source}"),
  "unknown-type": kind("compile-error", 0.85, "a type name is not declared {type, file, line}"),
  undeclared: kind("compile-error", 0.85, "an identifier is not declared {symbol, file, line}"),
  "implicit-declaration": kind("compile-error", 0.85, "a function is called undeclared {symbol, file, line}"),
  "missing-member": kind(
    "compile-error",
    0.85,
    "a struct or class lacks a member {member, type, file, line}",
  ),
  "conflicting-declaration": kind(
    "compile-error",
    0.85,
    "a declaration contradicts another {symbol, file, line}",
  ),
  "incomplete-type": kind("compile-error", 0.85, "a type is used without its definition {type, file, line}"),
  "warning-as-error": kind("compile-error", 0.85, "a warning that -Werror makes fatal {flag, file, line}"),
  "compile-error": kind("compile-error", 0.8, "any other compiler error {file, line, message}"),
  "compiler-flag": kind("compile-error", 0.85, "the compiler refuses an option {flag}"),
  "compiler-crash": kind("compile-error", 0.8, "internal compiler error {message}"),
  "assembler-error": kind("compile-error", 0.8, "the assembler refuses a line {file, line}"),

  "undefined-reference": kind("link-error", 0.85, "the linker lacks a symbol {symbol}"),
  "library-missing": kind("link-error", 0.85, "the linker finds no such library {library}"),
  "duplicate-symbol": kind("link-error", 0.85, "a symbol is defined twice {symbol}"),
  "version-script": kind("link-error", 0.85, "a version script names an absent symbol {symbol}"),
  relocation: kind("link-error", 0.85, "an object was not built position independent {symbol?}"),
  "link-error": kind("link-error", 0.75, "any other linker error {message}"),

  "configure-error": kind("configure-error", 0.75, "a configure tool stops {message}"),
  "configure-elsewhere": kind(
    "configure-error",
    0.8,
    "a configure tool stops, its reason stands in its own log {log}",
  ),
  "meson-error": kind("configure-error", 0.75, "meson stops {file, line, message}"),
  "cmake-error": kind(
    { stage: "stage-error", install: "stage-error", test: "test-error", other: "configure-error" },
    0.7,
    "CMake stops {file, line, message}",
  ),
  "shell-syntax": kind(byPhase, 0.75, "a shell script does not parse {file, line, token?}"),

  "sed-missing-file": kind(
    { ...byPhase, install: "stage-error", package: "stage-error" },
    0.8,
    "sed, cp, install or the like miss a file {file, tool}",
  ),
  "tool-usage": kind(
    byPhase,
    0.72,
    "a tool of the base system refuses an option or a script, often one of GNU's {tool, message}",
  ),
  "permission-denied": kind(byPhase, 0.7, "a file may not be read or written {file}"),

  "options-single-none": kind("options-error", 0.95, "a SINGLE group without a choice {group}"),
  "options-other": kind("options-error", 0.9, "another wrong choice of options {group?}"),
  "license-missing": kind("license-error", 0.95, "the licence file is not there {license?, file?}"),
  "license-refused": kind("license-error", 0.9, "the licence was not accepted {license?}"),
  "port-ignored": kind("unknown", 0.85, "the port says that it does not build here {message}"),

  "checksum-mismatch": kind("fetch-checksum", 0.97, "a distfile differs from distinfo {distfile}"),
  "checksum-absent": kind("fetch-checksum", 0.95, "distinfo does not know a distfile {distfile}"),
  "fetch-failed": kind("fetch-error", 0.8, "a distfile could not be fetched {distfile?}"),
  dns: kind({ test: "test-error", other: "fetch-error" }, 0.75, "a host name does not resolve {host?}"),
  "extract-failed": kind(
    { ...byPhase, other: "extract-error" },
    0.85,
    "an archive does not unpack {distfile?}",
  ),

  "shebang-invalid": kind("stage-qa-error", 0.9, "a script's interpreter is wrong {shebang, file}"),
  "not-declared-dependency": kind(
    "stage-qa-error",
    0.9,
    "a file is linked to an undeclared library {library, dependency, file}",
  ),
  "stage-qa-other": kind("stage-qa-error", 0.8, "another stage check {message}"),
  "stage-install": kind("stage-error", 0.8, "installing into the stage failed {file?}"),
  "package-conflict": kind("dependency-conflict", 0.9, "packages exclude each other {package}"),
  "package-format": kind("pkg-format", 0.85, "pkg cannot read or write a package {message}"),

  "script-error": kind(scriptByPhase, 0.65, "an interpreter stops on an exception {exception, message}"),
  "build-tool-error": kind(byPhase, 0.6, "a build tool stops {message}"),
  "test-failure": kind("test-error", 0.75, "a test failed {test}"),
  "test-summary": kind("test-error", 0.6, "a test run counts its failures {}"),
  "shared-object-missing": kind(
    "missing-dep",
    0.8,
    "a program needs a library that is not installed {library, file}",
  ),
  "runtime-linker": kind(
    "runtime-error",
    0.75,
    "a program or library was built against another version of one {file, symbol}",
  ),
  crash: kind({ test: "test-error", other: "runtime-error" }, 0.7, "a program died on a signal {signal}"),

  timeout: kind("timeout", 0.97, "the builder gave up waiting {seconds?}"),
  killed: kind("resource", 0.8, "a program was killed from outside {program?}"),
  "out-of-memory": kind("resource", 0.92, "no memory left {}"),
  "disk-full": kind("resource", 0.95, "no space left {}"),
  "limit-exceeded": kind("resource", 0.95, "another resource limit {limit}"),
  "host-fault": kind("infrastructure", 0.9, "the builder's own machinery failed {message}"),

  "command-not-run": kind(
    "missing-dep",
    0.35,
    "exit status 126 or 127: a command was not found or not executable {}",
  ),
  "generic-error": kind(byPhase, 0.45, "a line that says error, of no known tool {message}"),
  "failed-block": kind("unknown", 0, "ninja heads a failed command with this line {target}"),
  consequence: kind("unknown", 0, "a tool repeats that something before it failed {}"),
  "make-stop": kind("unknown", 0, "make or the framework gives up {target?, status?}"),
};

export type FindingKind = keyof typeof KINDS;

export const FINDING_KINDS = Object.keys(KINDS) as readonly FindingKind[];

/** One line on a kind and its captures. */
export function describeKind(name: FindingKind): string {
  return KINDS[name].doc;
}

export function weightOf(name: FindingKind): number {
  return KINDS[name].weight;
}

export function classOf(name: FindingKind, phase: string | null): FailureClass {
  const facts = KINDS[name];
  if (typeof facts.class === "string") return facts.class;
  return (phase === null ? undefined : facts.class[phase]) ?? facts.class.other;
}
