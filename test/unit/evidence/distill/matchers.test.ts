import { describe, expect, test } from "vitest";
import type { FindingKind } from "../../../../server/src/evidence/distill/kinds.ts";
import type { FailureClass } from "../../../../server/src/protocol/index.ts";
import { distillText, dsynthLog } from "./frames.ts";

type Row = readonly [FindingKind, FailureClass, Record<string, string>, string];

const STOP = "*** Error code 1\n\nStop.\nmake: stopped in /xports/devel/sample";

/** Each row: the kind that must be taken as the cause, its class, captures it must have, and the log's lines. */
function check(family: string, phase: string, rows: readonly Row[]): void {
  describe(family, () => {
    test.each(rows)("%s, %s: %o", async (kind, classification, captures, lines) => {
      const found = await distillText(dsynthLog(phase, `===>  Working on sample-1.0\n${lines}\n${STOP}`));
      expect(found.cause, found.extract).toMatchObject({ kind, captures, role: "primary" });
      expect(found.classification).toBe(classification);
      expect(found.outcome).toBe("failed");
      expect(found.extract).toContain(`> ${found.cause?.line}| `);
    });
  });
}

check("compilers", "build", [
  [
    "header-missing",
    "compile-error",
    { header: "sys/soundcard_np.h", source: "src/mixer.c" },
    "src/mixer.c:12:10: fatal error: sys/soundcard_np.h: No such file or directory\n   12 | #include <sys/soundcard_np.h>\ncompilation terminated.",
  ],
  [
    "header-missing",
    "compile-error",
    { header: "md5.h", source: "./hash.cpp" },
    "./hash.cpp:3:10: fatal error: 'md5.h' file not found\n#include <md5.h>\n         ^~~~~~~\n1 error generated.",
  ],
  [
    "unknown-type",
    "compile-error",
    { type: "u_quad_t", file: "a.c", line: "7" },
    "a.c:7:1: error: unknown type name ‘u_quad_t’; did you mean ‘quad_t’?",
  ],
  [
    "unknown-type",
    "compile-error",
    { type: "uint" },
    "w.h:31:3: error: 'uint' does not name a type; did you mean 'int'?",
  ],
  [
    "undeclared",
    "compile-error",
    { symbol: "MAP_ALIGNED_SUPER" },
    "mem.c: In function 'grab':\nmem.c:88:20: error: 'MAP_ALIGNED_SUPER' undeclared (first use in this function)\nmem.c:88:20: note: each undeclared identifier is reported only once",
  ],
  [
    "undeclared",
    "compile-error",
    { symbol: "IPPROTO_SCTP" },
    "net.cc:4:9: error: use of undeclared identifier 'IPPROTO_SCTP'",
  ],
  ["undeclared", "compile-error", { symbol: "round" }, "f.cpp:9:3: error: 'round' is not a member of 'std'"],
  [
    "undeclared",
    "compile-error",
    { symbol: "string_view" },
    "f.cpp:9:8: error: no member named 'string_view' in namespace 'std'",
  ],
  [
    "implicit-declaration",
    "compile-error",
    { symbol: "closefrom", file: "fd.c", line: "40" },
    "fd.c:40:5: error: implicit declaration of function 'closefrom' [-Werror=implicit-function-declaration]",
  ],
  [
    "implicit-declaration",
    "compile-error",
    { symbol: "strlcpy" },
    "s.c:1:2: error: call to undeclared function 'strlcpy'; ISO C99 and later do not support implicit function declarations [-Wimplicit-function-declaration]",
  ],
  [
    "missing-member",
    "compile-error",
    { member: "st_birthtim", type: "struct stat" },
    "st.c:5:12: error: no member named 'st_birthtim' in 'struct stat'",
  ],
  [
    "missing-member",
    "compile-error",
    { member: "kp_proc", type: "struct kinfo_proc" },
    "ps.c:70:9: error: ‘struct kinfo_proc’ has no member named ‘kp_proc’",
  ],
  [
    "conflicting-declaration",
    "compile-error",
    { symbol: "getline" },
    "io.h:8:9: error: conflicting types for 'getline'\n/usr/include/stdio.h:300:9: note: previous declaration is here",
  ],
  [
    "incomplete-type",
    "compile-error",
    { type: "struct tcpcb" },
    "k.c:3:16: error: field has incomplete type 'struct tcpcb'",
  ],
  [
    "warning-as-error",
    "compile-error",
    { flag: "unused-variable" },
    "k.c:3:6: error: unused variable 'n' [-Werror=unused-variable]\ncc1: all warnings being treated as errors",
  ],
  [
    "compile-error",
    "compile-error",
    { file: "k.c", message: "expected ';' before '}' token" },
    "k.c:3:6: error: expected ';' before '}' token",
  ],
  [
    "compiler-flag",
    "compile-error",
    { flag: "-fno-sized-magic" },
    "cc: error: unrecognized command-line option '-fno-sized-magic'",
  ],
  [
    "compiler-flag",
    "compile-error",
    { flag: "-mfpu=neon" },
    "clang: error: unsupported option '-mfpu=neon' for target 'x86_64-unknown-freebsd'",
  ],
  [
    "compiler-crash",
    "compile-error",
    {},
    "t.cc:5:1: internal compiler error: in expand_expr, at expr.c:9999\nPlease submit a full bug report,",
  ],
  [
    "assembler-error",
    "compile-error",
    { file: "mul.S" },
    "mul.S: Assembler messages:\nmul.S:14: Error: no such instruction: `vpmul %ymm0'",
  ],
]);

check("linkers", "build", [
  [
    "undefined-reference",
    "link-error",
    { symbol: "clock_nanosleep" },
    "/usr/bin/ld: main.o: in function `wait':\nmain.c:(.text+0x1f): undefined reference to `clock_nanosleep'\ncollect2: error: ld returned 1 exit status",
  ],
  [
    "undefined-reference",
    "link-error",
    { symbol: "kvm_open" },
    "ld: error: undefined symbol: kvm_open\n>>> referenced by top.c\ncc: error: linker command failed with exit code 1 (use -v to see invocation)",
  ],
  [
    "library-missing",
    "link-error",
    { library: "execinfo" },
    "/usr/bin/ld: cannot find -lexecinfo: No such file or directory",
  ],
  ["library-missing", "link-error", { library: "inotify" }, "ld: error: unable to find library -linotify"],
  [
    "duplicate-symbol",
    "link-error",
    { symbol: "debug_level" },
    "ld: error: duplicate symbol: debug_level\n>>> defined at a.c:3",
  ],
  [
    "duplicate-symbol",
    "link-error",
    { symbol: "yylloc" },
    "/usr/bin/ld: b.o:(.bss+0x0): multiple definition of `yylloc'; a.o:(.bss+0x0): first defined here",
  ],
  [
    "version-script",
    "link-error",
    { symbol: "libfoo_init" },
    "ld: error: version script assignment of 'FOO_1' to symbol 'libfoo_init' failed: symbol not defined",
  ],
  [
    "relocation",
    "link-error",
    { symbol: "table" },
    "/usr/bin/ld: x.o: relocation R_X86_64_32S against symbol `table' can not be used when making a shared object; recompile with -fPIC",
  ],
]);

check("make", "build", [
  [
    "gnu-makefile",
    "build-system-error",
    { makefile: "/construction/a/b/Makefile", line: "34" },
    'make[1]: "/construction/a/b/Makefile" line 34: Missing dependency operator\nmake[1]: Fatal errors encountered -- cannot continue',
  ],
  [
    "gnu-makefile",
    "build-system-error",
    { makefile: "common.mk", line: "2" },
    'make: "common.mk" line 2: Need an operator',
  ],
  [
    "gnu-makefile",
    "build-system-error",
    { target: "%.o" },
    "make[1]: make[1]: don't know how to make %.o:. Stop",
  ],
  ["no-rule", "build-system-error", { target: "lexer.h" }, "make[2]: don't know how to make lexer.h. Stop"],
  [
    "no-rule",
    "build-system-error",
    { target: "doc/a.1", needed: "all-am" },
    "gmake[1]: *** No rule to make target 'doc/a.1', needed by 'all-am'.  Stop.",
  ],
  [
    "no-rule",
    "build-system-error",
    { target: "gen/x.cc", needed: "x.o" },
    "ninja: error: 'gen/x.cc', needed by 'x.o', missing and no known rule to make it",
  ],
  [
    "makefile-missing",
    "build-system-error",
    { makefile: "Makefile.freebsd" },
    "make: cannot open Makefile.freebsd.",
  ],
  [
    "makefile-missing",
    "build-system-error",
    { makefile: "GNUmakefile.in" },
    "gmake: GNUmakefile.in: No such file or directory",
  ],
  [
    "bsd-makefile",
    "build-system-error",
    { makefile: "Makefile", line: "12" },
    "Makefile:12: *** missing separator.  Stop.",
  ],
  [
    "makefile-stop",
    "build-system-error",
    { makefile: "config.mk", line: "3", message: "Unsupported platform DragonFly" },
    "config.mk:3: *** Unsupported platform DragonFly.  Stop.",
  ],
  [
    "tool-missing",
    "missing-dep",
    { tool: "bison" },
    "gmake[1]: bison: No such file or directory\ngmake[1]: *** [Makefile:9: p.c] Error 127",
  ],
  ["killed", "resource", {}, "gmake[2]: *** [Makefile:77: big.o] Killed"],
]);

check("configure scripts", "configure", [
  [
    "pkgconfig-missing",
    "missing-dep",
    {},
    "checking for pkg-config... no\nconfigure: error: The pkg-config script could not be found or is too old.  Make sure it\nis in your PATH or set the PKG_CONFIG environment variable to the full\npath to pkg-config.",
  ],
  [
    "pkgconfig-missing",
    "missing-dep",
    {},
    "./configure: 120: pkg-config: not found\nconfigure: error: glib 2.40 wanted",
  ],
  ["pkgconfig-missing", "missing-dep", {}, "configure: error: pkg-config is required"],
  [
    "pkgconfig-package-missing",
    "missing-dep",
    { package: "libevent" },
    "checking for LIBEVENT... no\nconfigure: error: Package requirements (libevent >= 2.0) were not met:\n\nNo package 'libevent' found",
  ],
  [
    "dependency-missing",
    "missing-dep",
    {},
    "checking for gmp.h... no\nconfigure: error: GMP headers not found, install libgmp-dev",
  ],
  [
    "dependency-missing",
    "missing-dep",
    {},
    "checking for library containing tputs... configure: error: curses library not found",
  ],
  [
    "configure-error",
    "configure-error",
    { message: "unsupported host os dragonfly6" },
    "configure: error: unsupported host os dragonfly6",
  ],
  [
    "configure-elsewhere",
    "configure-error",
    { log: "config.log" },
    "checking whether the C compiler works... no\nconfigure: error: in `/construction/a/b':\nconfigure: error: C compiler cannot create executables\nSee `config.log' for more details",
  ],
  [
    "autotools-macro-missing",
    "build-system-error",
    { macro: "PKG_CHECK_MODULES" },
    "./configure: line 4411: syntax error near unexpected token `PKG_CHECK_MODULES'",
  ],
  [
    "autotools-macro-missing",
    "build-system-error",
    { macro: "AC_LIBTOOL_DLOPEN" },
    "configure.ac:20: error: possibly undefined macro: AC_LIBTOOL_DLOPEN\n      If this token and others are legitimate, please use m4_pattern_allow.",
  ],
  ["script-missing", "configure-error", { tool: "./configure" }, "/bin/sh: ./configure: not found"],
  [
    "sed-missing-file",
    "configure-error",
    { tool: "sed", file: "/construction/x/src/old.c" },
    "sed: /construction/x/src/old.c: No such file or directory",
  ],
  [
    "sed-missing-file",
    "configure-error",
    { tool: "sed", file: "src/old.c" },
    "sed: can't read src/old.c: No such file or directory",
  ],
]);

check("CMake and meson", "configure", [
  [
    "dependency-missing",
    "missing-dep",
    { dependency: "Qt6Svg" },
    'CMake Error at CMakeLists.txt:40 (find_package):\n  Could not find a package configuration file provided by "Qt6Svg" with any\n  of the following names:\n-- Configuring incomplete, errors occurred!',
  ],
  [
    "dependency-missing",
    "missing-dep",
    { dependency: "ZLIB" },
    "CMake Error at /usr/local/share/cmake/Modules/FindPackageHandleStandardArgs.cmake:230 (message):\n  Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)\n-- Configuring incomplete, errors occurred!",
  ],
  [
    "cmake-error",
    "configure-error",
    { file: "CMakeLists.txt", line: "9" },
    "CMake Error at CMakeLists.txt:9 (message):\n  Unsupported operating system: DragonFly\n-- Configuring incomplete, errors occurred!",
  ],
  [
    "version-too-old",
    "configure-error",
    { tool: "CMake", version: "3.30" },
    "CMake Error at CMakeLists.txt:1 (cmake_minimum_required):\n  CMake 3.30 or higher is required.  You are running version 3.25.1",
  ],
  [
    "dependency-missing",
    "missing-dep",
    { dependency: "libdrm" },
    'meson.build:30:0: ERROR: Dependency "libdrm" not found, tried pkgconfig and cmake',
  ],
  [
    "tool-missing",
    "missing-dep",
    { tool: "xsltproc" },
    "meson.build:3:0: ERROR: Program 'xsltproc' not found or not executable",
  ],
  [
    "dependency-missing",
    "missing-dep",
    { dependency: "rt" },
    "meson.build:44:5: ERROR: C shared or static library 'rt' not found",
  ],
  [
    "meson-error",
    "configure-error",
    { message: "Problem encountered: Unknown OS dragonfly" },
    "meson.build:12:4: ERROR: Problem encountered: Unknown OS dragonfly",
  ],
]);

check("patch", "patch", [
  [
    "patch-hunk-failed",
    "patch-error",
    { patch: "patch-src_main.c", file: "src/main.c", rejects: "src/main.c.rej" },
    "===>  Applying dragonfly patches for sample-1.0 from /xports/devel/sample/dragonfly\n1 out of 3 hunks failed--saving rejects to src/main.c.rej\n===>  FAILED Applying dragonfly patch-src_main.c\n===> FAILED to apply cleanly dragonfly patch(es)  patch-src_main.c",
  ],
  [
    "patch-hunk-failed",
    "patch-error",
    { patch: "patch-util.c", file: "util.c", hunk: "2" },
    "===>  Applying FreeBSD patches for sample-1.0 from /xports/a/b/files\nHmm...  Looks like a unified diff to me...\nPatching file util.c using Plan A...\nHunk #1 succeeded at 3.\nHunk #2 failed at 40.\n1 out of 2 hunks failed--saving rejects to util.c.rej\n=> FreeBSD patch patch-util.c failed to apply cleanly.",
  ],
  [
    "patch-already-applied",
    "patch-error",
    { patch: "patch-io.c", file: "io.c" },
    "===>  Applying dragonfly patches for sample-1.0 from /x\n|--- io.c.orig\t2020\n|+++ io.c\nIgnoring previously applied (or reversed) patch.\n1 out of 1 hunks ignored--saving rejects to io.c.rej\n===>  FAILED Applying dragonfly patch-io.c",
  ],
  [
    "patch-already-applied",
    "patch-error",
    { patch: "extra-fix.diff", file: "conf.h" },
    "===>  Applying extra patch /xports/a/b/files/extra-fix.diff\npatching file conf.h\nReversed (or previously applied) patch detected!  Skipping patch.\n1 out of 1 hunk ignored -- saving rejects to file conf.h.rej",
  ],
  [
    "patch-missing-file",
    "patch-error",
    { patch: "patch-old.c", file: "src/old.c" },
    "===>  Applying FreeBSD patches for sample-1.0 from /x\ncan't find file to patch at input line 3\nThe text leading up to this was:\n--------------------------\n|--- src/old.c.orig\t2019-01-01\n|+++ src/old.c\n--------------------------\nNo file to patch.  Skipping patch.\n1 out of 1 hunk ignored\n===>  FAILED Applying FreeBSD patch-old.c",
  ],
  [
    "patch-malformed",
    "patch-error",
    { patch: "patch-x" },
    "===>  Applying dragonfly patches for sample-1.0 from /x\npatch: **** malformed patch at line 20: +int\n===>  FAILED Applying dragonfly patch-x",
  ],
  [
    "sed-missing-file",
    "patch-error",
    { tool: "cp", file: "/construction/x/machdep/regdata.freebsd" },
    "cp: /construction/x/machdep/regdata.freebsd: No such file or directory",
  ],
]);

check("fetch", "fetch", [
  [
    "fetch-failed",
    "fetch-error",
    { distfile: "sample-1.0.tar.gz" },
    "=> sample-1.0.tar.gz doesn't seem to exist in /distfiles/.\n=> Attempting to fetch https://example.org/sample-1.0.tar.gz\nfetch: https://example.org/sample-1.0.tar.gz: Not Found\n=> Couldn't fetch it - please try to retrieve this\n=> port manually into /distfiles/ and try again.",
  ],
  ["fetch-failed", "fetch-error", {}, "curl: (22) The requested URL returned error: 403"],
  ["dns", "fetch-error", {}, "fetch: https://example.org/sample-1.0.tar.gz: No address record"],
]);
check("checksum", "checksum", [
  [
    "checksum-mismatch",
    "fetch-checksum",
    { distfile: "sample-1.0.tar.gz" },
    "=> SHA256 Checksum mismatch for sample-1.0.tar.gz.\n===>  Refetch for 1 more times files:  sample-1.0.tar.gz\nfetch: https://example.org/sample-1.0.tar.gz: No address record\n=> Couldn't fetch it - please try to retrieve this",
  ],
  [
    "checksum-absent",
    "fetch-checksum",
    { distfile: "sample-1.1.tar.gz" },
    "=> No SHA256 checksum recorded for sample-1.1.tar.gz.",
  ],
]);
check("extract", "extract", [
  ["extract-failed", "extract-error", {}, "tar: Error opening archive: Unrecognized archive format"],
  [
    "extract-failed",
    "extract-error",
    {},
    "gzip: stdin: not in gzip format\ntar: Child returned status 1\ntar: Error is not recoverable: exiting now",
  ],
  [
    "extract-failed",
    "extract-error",
    {},
    "unzip:  cannot find or open /distfiles/a.zip, /distfiles/a.zip.zip or /distfiles/a.zip.ZIP.",
  ],
]);

check("packing list", "check-plist", [
  [
    "plist-orphaned",
    "plist-error",
    { path: "share/doc/sample/NEW" },
    "===> Checking for items in STAGEDIR missing from pkg-plist\nError: Orphaned: share/doc/sample/NEW\n===> Error: Plist issues found.",
  ],
  [
    "plist-missing",
    "plist-error",
    { path: "bin/gone" },
    "Error: Missing: bin/gone\n===> Error: Plist issues found.",
  ],
]);
check("package", "package", [
  [
    "plist-missing",
    "plist-error",
    { path: "/construction/x/stage/usr/local/lib/libx.so.2" },
    "===>  Building package for sample-1.0\npkg-static: Unable to access file /construction/x/stage/usr/local/lib/libx.so.2:No such file or directory",
  ],
  [
    "package-conflict",
    "dependency-conflict",
    { package: "sample-1.0" },
    "===>  sample-1.0 conflicts with installed package(s): \n      other-2.0\n\n      They install files into the same place.",
  ],
]);
check("stage", "stage", [
  [
    "shebang-invalid",
    "stage-qa-error",
    { shebang: "/usr/bin/python", file: "bin/tool" },
    "====> Running Q/A tests (stage-qa)\nError: '/usr/bin/python' is an invalid shebang you need USES=shebangfix for 'bin/tool'",
  ],
  [
    "not-declared-dependency",
    "stage-qa-error",
    { library: "/usr/local/lib/libpng16.so.16", dependency: "graphics/png" },
    "====> Running Q/A tests (stage-qa)\nError: /usr/local/bin/view is linked to /usr/local/lib/libpng16.so.16 from graphics/png but it is not declared as a dependency\nWarning: you need LIB_DEPENDS+=libpng16.so:graphics/png",
  ],
  [
    "sed-missing-file",
    "stage-error",
    { tool: "install", file: "doc/a.html" },
    "install: doc/a.html: No such file or directory",
  ],
  [
    "permission-denied",
    "stage-error",
    { file: "/usr/local/share/x" },
    "mkdir: /usr/local/share/x: Permission denied",
  ],
]);
check("check-sanity", "check-sanity", [
  [
    "options-single-none",
    "options-error",
    { group: "TLS" },
    "====> You must select one and only one option from the TLS single\n=====> No option was selected (and one must be)",
  ],
  [
    "options-other",
    "options-error",
    {},
    "====> Two or more enabled options conflict with each other\n=====> Option X11 conflicts with WAYLAND (select only one)",
  ],
  ["uses-unknown", "build-system-error", { uses: "alias" }, "===>  Unknown USES=alias"],
  [
    "uses-unknown",
    "build-system-error",
    { uses: "magic" },
    'make: "/xports/Mk/bsd.port.mk" line 1490: Could not find /xports/Mk/Uses/magic.mk',
  ],
  [
    "license-missing",
    "license-error",
    { license: "GPLv2", file: "/xports/COPYRIGHT" },
    "===>  Missing license file for GPLv2 in /xports/COPYRIGHT",
  ],
  ["host-fault", "infrastructure", {}, "dophase: DNS resolution not working"],
  ["port-ignored", "unknown", {}, "===>  sample-1.0 is marked as broken: does not build."],
]);

check("languages", "build", [
  [
    "module-missing",
    "missing-dep",
    { module: "libc", language: "rust" },
    "error: no matching package named `libc` found\nlocation searched: registry `crates-io`",
  ],
  [
    "undeclared",
    "compile-error",
    { symbol: "EVFILT_USER" },
    "error[E0425]: cannot find value `EVFILT_USER` in crate `libc`\n  --> src/poll.rs:12:9\nerror: could not compile `poll` (lib) due to 1 previous error",
  ],
  [
    "module-missing",
    "missing-dep",
    { module: "github.com/x/y", language: "go" },
    "go: github.com/x/y@v1.2.3: module lookup disabled by GOPROXY=off",
  ],
  [
    "undeclared",
    "compile-error",
    { symbol: "unix.TIOCSWINSZ", file: "pty/pty.go" },
    "# example.org/pty\npty/pty.go:31:14: undefined: unix.TIOCSWINSZ",
  ],
  [
    "module-missing",
    "missing-dep",
    { module: "hatchling", language: "python" },
    "Traceback (most recent call last):\n  File \"build.py\", line 1, in <module>\nModuleNotFoundError: No module named 'hatchling'",
  ],
  [
    "script-error",
    "build-system-error",
    { exception: "KeyError" },
    "Traceback (most recent call last):\n  File \"gen.py\", line 7, in <module>\nKeyError: 'dragonfly'",
  ],
  [
    "module-missing",
    "missing-dep",
    { module: "Module/Build", language: "perl" },
    "Can't locate Module/Build.pm in @INC (you may need to install the Module::Build module) (@INC contains: /usr/local/lib/perl5) at Build.PL line 3.\nBEGIN failed--compilation aborted at Build.PL line 3.",
  ],
  [
    "module-missing",
    "missing-dep",
    { module: "rake/clean", language: "ruby" },
    "<internal:rubygems>:85:in `require': cannot load such file -- rake/clean (LoadError)",
  ],
  [
    "module-missing",
    "missing-dep",
    { module: "esbuild", language: "node" },
    "Error: Cannot find module 'esbuild'\nRequire stack:",
  ],
  [
    "out-of-memory",
    "resource",
    {},
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  ],
  [
    "compile-error",
    "compile-error",
    { file: "/w/src/A.java", line: "12" },
    "[ERROR] /w/src/A.java:[12,9] cannot find symbol\n[ERROR] Failed to execute goal compile",
  ],
  [
    "module-missing",
    "missing-dep",
    { module: "Data.Text", language: "haskell" },
    "src/Main.hs:3:1: error:\n    Could not find module ‘Data.Text’\n    Use -v to see a list of the files searched for.",
  ],
  ["tool-missing", "missing-dep", { tool: "byacc" }, "sh: byacc: not found\n*** [y.tab.c] Error code 127"],
  [
    "tool-missing",
    "missing-dep",
    { tool: "help2man" },
    "/bin/bash: line 1: help2man: command not found\ngmake[1]: *** [Makefile:8: a.1] Error 127",
  ],
]);

check("tests", "test", [
  ["test-failure", "test-error", { test: "check_io" }, "PASS: check_a\nFAIL: check_io\n# FAIL:  1"],
  [
    "test-failure",
    "test-error",
    { test: "TestDial" },
    "--- FAIL: TestDial (0.01s)\nFAIL\texample.org/net\t0.02s",
  ],
  [
    "test-failure",
    "test-error",
    { test: "tests/test_a.py::test_b" },
    "FAILED tests/test_a.py::test_b - assert 1 == 2\n=== 1 failed, 3 passed in 0.2s ===",
  ],
  [
    "test-failure",
    "test-error",
    { test: "unit_poll" },
    " 3/9 Test #3: unit_poll ................***Failed    0.06 sec\nThe following tests FAILED:\n\t  3 - unit_poll (Failed)\nErrors while running CTest",
  ],
  [
    "test-failure",
    "test-error",
    {},
    "t/basic.t .. \nnot ok 3 - opens the file\n#   Failed test 'opens the file'\nResult: FAIL",
  ],
]);

check("host", "build", [
  [
    "timeout",
    "timeout",
    {},
    "cc -c a.c\n--------\nWATCHDOG TIMEOUT FOR devel/sample in build after 30 minutes\nKilling pid 77\n--------",
  ],
  [
    "timeout",
    "timeout",
    { seconds: "7200" },
    "a.c:1:2: error: nothing yet\n=>> Killing runaway build after 7200 seconds with no output",
  ],
  [
    "disk-full",
    "resource",
    {},
    "/usr/bin/ld: final link failed: No space left on device\ncollect2: error: ld returned 1 exit status",
  ],
  [
    "out-of-memory",
    "resource",
    {},
    "cc1plus: out of memory allocating 65536 bytes after a total of 12345 bytes",
  ],
  [
    "out-of-memory",
    "resource",
    {},
    "c++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.",
  ],
]);

check("dialects", "build", [
  ["dependency-missing", "missing-dep", { dependency: "svg" }, "Project ERROR: Unknown module(s) in QT: svg"],
  [
    "configure-error",
    "configure-error",
    { message: "unsupported platform" },
    "Project ERROR: unsupported platform",
  ],
  [
    "compile-error",
    "compile-error",
    { file: "main.d", line: "12" },
    "main.d(12): Error: undefined identifier `kqueue`",
  ],
  [
    "compile-error",
    "compile-error",
    { file: "src/pack.adb", line: "3" },
    'src/pack.adb:3:06: "Kqueue" is undefined',
  ],
  [
    "compile-error",
    "compile-error",
    { file: "gram.y", line: "9" },
    'yacc: e - line 9 of "gram.y", syntax error\n%token',
  ],
  ["compile-error", "compile-error", { file: "a.pyx" }, "a.pyx:3:4: undeclared name not builtin: x"],
  [
    "dependency-missing",
    "missing-dep",
    { dependency: "fancyhdr.sty" },
    "! LaTeX Error: File `fancyhdr.sty' not found.",
  ],
  [
    "dependency-missing",
    "missing-dep",
    { dependency: "http://x.org/docbook.xsl" },
    "I/O error : Attempt to load network entity http://x.org/docbook.xsl",
  ],
  [
    "dependency-missing",
    "missing-dep",
    { unmet: "libfoo-dev" },
    "dpkg-checkbuilddeps: error: Unmet build dependencies: libfoo-dev",
  ],
  ["plist-other", "plist-error", {}, "error: Installed (but unpackaged) file(s) found:\n   /usr/share/x"],
  [
    "checksum-mismatch",
    "fetch-checksum",
    {},
    "error: hash mismatch in fixed-output derivation '/nix/store/x.drv':",
  ],
  [
    "version-too-old",
    "configure-error",
    { tool: "go", version: "1.99" },
    "go: go.mod requires go >= 1.99 (running go 1.20)",
  ],
  [
    "version-too-old",
    "configure-error",
    { tool: "perl", version: "5.40.0" },
    "Perl v5.40.0 required--this is only v5.36.0, stopped at Makefile.PL line 1.",
  ],
  ["module-missing", "missing-dep", { module: "wheel" }, "error: invalid command 'bdist_wheel'"],
  [
    "limit-exceeded",
    "resource",
    { limit: "File too large" },
    "cc1: fatal error: error writing to a.s: File too large",
  ],
  ["crash", "runtime-error", { signal: "Segmentation fault" }, "Segmentation fault (core dumped)"],
]);
