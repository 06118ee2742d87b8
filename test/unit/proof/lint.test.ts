/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDiff } from "../../../server/src/proof/diff.ts";
import { lintDiff, refuseDiff } from "../../../server/src/proof/lint.ts";
import { shipped } from "../agent/recipes/evidence.ts";
import { change, origin } from "./change.ts";

const fixes = join(import.meta.dirname, "../../fixtures/ports/fixes");

const good = change("Makefile.DragonFly", [], ["USES+=\tgmake"]);

describe("refuseDiff", () => {
  it("lets a small change of the port's own folder pass", () => {
    expect(refuseDiff(good, origin)).toBeNull();
    expect(lintDiff(good, origin)).toEqual([]);
  });

  it.each([
    ["empty", "", "empty"],
    ["blank", "\n \n", "empty"],
    ["no diff at all", "hello", "no file"],
    ["too large", change("Makefile.DragonFly", [], ["x".repeat(70_000)]), "65536"],
    ["another port", good.replaceAll("devel/thing", "devel/other"), "outside"],
    ["a port whose name starts alike", good.replaceAll("devel/thing/", "devel/thing-evil/"), "outside"],
    [
      "the whole tree's files",
      good.replaceAll(`ports/${origin}/Makefile.DragonFly`, "Mk/bsd.port.mk"),
      "outside",
    ],
    ["a path upwards", good.replaceAll("Makefile.DragonFly", "../other/Makefile"), "outside"],
    ["a second file elsewhere", good + good.replaceAll("devel/thing", "devel/other"), "outside"],
    [
      "a rename out",
      `diff --git a/ports/${origin}/a b/x/a\nsimilarity index 100%\nrename from ports/${origin}/a\nrename to x/a\n`,
      "outside",
    ],
    ["a traditional diff of another place", "--- a/Mk/x\n+++ b/Mk/x\n@@ -1 +1 @@\n-a\n+b\n", "outside"],
    [
      "a quoted path",
      good.replaceAll(`a/ports/${origin}/Makefile.DragonFly`, `"a/ports/${origin}/Make\\tfile"`),
      "outside",
    ],
    ["a blank in a name", change("files/a b", [], ["x"]), "has a name"],
    ["a name that a shell would read", change("files/$(id)/x", [], ["x"]), "has a name"],
    ["a link", change("link", [], ["/etc/passwd"], ["new file mode 120000"]), "link"],
    ["a submodule", change("sub", [], ["Subproject commit 1"], ["new file mode 160000"]), "link"],
    [
      "binary content",
      `diff --git a/ports/${origin}/x b/ports/${origin}/x\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 1\n`,
      "binary",
    ],
  ])("refuses %s", (_, diff, why) => {
    expect(refuseDiff(diff, origin)).toContain(why);
    expect(lintDiff(diff, origin).join("\n")).toContain(why);
  });

  it.each([
    [".MAKEFLAGS: -n"],
    [".MAKEFLAGS: -i"],
    [".IGNORE:"],
    ["do-build: .IGNORE"],
    [".SHELL: name=true path=/bin/true"],
    ["MAKEFLAGS+=\t-i"],
    [".MAKE.MODE=\tcompat"],
    [".MAKE.JOBS=\t-i"],
  ])("refuses %s, under which no phase can fail", (line) => {
    const why = "keeps make from running commands or from minding failures";
    expect(refuseDiff(change("Makefile.DragonFly", [], [line]), origin)).toContain(why);
    const nested = ["--- Makefile", "+++ Makefile", "@@ -1 +1,2 @@", " x", `+${line}`];
    expect(refuseDiff(change("diffs/Makefile.diff", [], nested), origin)).toContain(why);
    expect(refuseDiff(change("dragonfly/patch-x.orig", [], [line]), origin)).toContain(why);
    expect(refuseDiff(change("dragonfly/patch-x", [], [`+${line}`]), origin)).toBeNull();
  });

  it.each([
    ["MAKEFLAGS \\", "+=\t-i"],
    [".MAKE.MODE \\", "\\", "= compat"],
    ["do-build: \\", "\t.IGNORE"],
  ])("refuses %s that goes on at the next line", (...lines) => {
    const why = "keeps make from running commands or from minding failures";
    expect(refuseDiff(change("Makefile.DragonFly", [], lines), origin)).toContain(why);
    expect(refuseDiff(change("Makefile.DragonFly", [], lines.toReversed()), origin)).toBeNull();
  });

  it("does not hang on hostile lines of the largest diff", () => {
    for (const word of [
      "x ",
      "a/",
      "-k",
      "then ",
      "\\",
      "${",
      "rm ",
      "\t",
      ":",
      "a:",
      "do-x ",
      ". ",
      "||",
      "${:",
      "OPTIONS_",
      "if ",
      "|cat ",
      "-e/x/d",
    ])
      for (const start of ["", "\t", "do-x ", "MAKE_ARGS=", ".if "])
        lintDiff(change("Makefile.DragonFly", [], [start + word.repeat(60_000 / word.length)]), origin);
  });

  it("is not deceived by header lines inside a hunk", () => {
    const diff = change(
      "dragonfly/patch-a",
      [],
      ["--- a/etc/passwd", "+++ b/etc/passwd", "diff --git a/x b/x"],
    );
    expect(refuseDiff(diff, origin)).toBeNull();
  });

  it("never throws", () => {
    const line = fc.constantFrom(
      "diff --git a/x b/x",
      "--- a/x",
      "+++ b/x",
      "@@ -1,3 +1,2 @@",
      "+a",
      "-b",
      " c",
      "\\ No newline",
      "rename to y",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => void lintDiff(lines.join("\n"), origin)),
    );
  });
});

describe("lintDiff", () => {
  it.each<[string, string, string]>([
    ["BROKEN", change("Makefile.DragonFly", [], ["BROKEN=\tnot now"]), "broken"],
    ["FORBIDDEN", change("Makefile.DragonFly", [], ["FORBIDDEN=\tyes"]), "broken"],
    ["BROKEN on one system", change("Makefile.DragonFly", [], ["BROKEN_DragonFly=\tyes"]), "broken"],
    ["NO_PACKAGE", change("Makefile.DragonFly", [], ["NO_PACKAGE=\tyes"]), "switches a check"],
    [
      "NO_BUILD",
      change("diffs/Makefile.diff", [], ["--- Makefile", "+++ Makefile", "+NO_BUILD=yes"]),
      "switches",
    ],
    [
      "no test target",
      change("Makefile.DragonFly", ["TEST_TARGET=check"], ["TEST_TARGET="]),
      "switches a check",
    ],
    ["a test that does nothing", change("Makefile.DragonFly", [], ["do-test:"]), "replaces a step"],
    [
      "dropped TEST_DEPENDS",
      change("Makefile.DragonFly", ["TEST_DEPENDS=\tcheck:devel/check"], []),
      "devel/check",
    ],
    ...[
      "CONFIGURE_ARGS+=\t--disable-tests",
      "CONFIGURE_ARGS+=\t--without-unittests",
      "CMAKE_ARGS+=\t-DBUILD_TESTING:BOOL=OFF",
      "CMAKE_OFF+=\tFOO_TESTS",
      "MESON_ARGS+=\t-Dtests=false",
    ].map((line): [string, string, string] => [
      line,
      change("Makefile.DragonFly", [], [line]),
      "switches tests of the software off",
    ]),
    ...[
      "add_test(NAME all COMMAND all)",
      "enable_testing()",
      "add_subdirectory(tests)",
      "\tassert(size > 0);",
      "  EXPECT_EQ(1, f());",
      "void test_all(void)",
    ].map((line): [string, string, string] => [
      `a patch that drops ${line.trim()}`,
      change("dragonfly/patch-a", [], ["--- a", "+++ a", "@@ -1 +0,0 @@", `-${line}`]),
      "removes a test or an assertion",
    ]),
    [
      "a deleted packing list",
      change("pkg-plist", ["bin/a"], [], ["deleted file mode 100644"]),
      "packing list",
    ],
    [
      "a mode that changes",
      change("files/x.sh", ["a"], ["b"], ["old mode 100644", "new mode 100755"]),
      "executable",
    ],
    ...["-D__POSIX_VISIBLE=200809", "-D__XSI_VISIBLE=700", "-D_BSD_VISIBLE"].map(
      (flag): [string, string, string] => [
        flag,
        change("Makefile.DragonFly", [], [`CFLAGS+=\t${flag}`]),
        "visibility",
      ],
    ),
    ["IGNORE", change("Makefile.DragonFly", [], ["IGNORE= no"]), "broken"],
    ["DEPRECATED", change("Makefile.DragonFly", [], ["DEPRECATED=x"]), "broken"],
    [
      "a dropped dependency",
      change(
        "Makefile.DragonFly",
        ["LIB_DEPENDS=\tliba.so:devel/a libb.so:devel/b"],
        ["LIB_DEPENDS=\tliba.so:devel/a"],
      ),
      "drops the dependency libb.so:devel/b",
    ],
    [
      "a dependency of a continued list",
      change("Makefile.DragonFly", ["\t\tlibb.so:devel/b"], []),
      "libb.so:devel/b",
    ],
    [
      "a filtered list",
      change("Makefile.DragonFly", [], ["LIB_DEPENDS:=\t$(LIB_DEPENDS:Nliba*)"]),
      "takes options",
    ],
    ["an excluded option", change("Makefile.DragonFly", [], ["OPTIONS_EXCLUDE+=\tX11"]), "takes options"],
    [
      "a dropped option",
      change("Makefile.DragonFly", ["OPTIONS_DEFAULT=\tDOCS X11"], ["OPTIONS_DEFAULT=\tDOCS"]),
      "drops X11",
    ],
    ["a line of the plist that packs nothing", change("pkg-plist", ["bin/a"], ["@comment bin/a"]), "packing"],
    ["a line of the plist for some", change("pkg-plist", ["bin/a"], ["%%X%%bin/a"]), "packing list, or"],
    ["a shrinking plist", change("pkg-plist", ["bin/a", "bin/b"], ["bin/a"]), "packing list"],
    ["distinfo", change("distinfo", ["SIZE (a) = 1"], ["SIZE (a) = 2"]), "checksums"],
    [
      "a visibility macro in a flag",
      change("Makefile.DragonFly", [], ["CFLAGS+=\t-D__BSD_VISIBLE"]),
      "visibility",
    ],
    [
      "a visibility macro in a patch",
      change("dragonfly/patch-a.c", [], ["@@ -1 +1,2 @@", "+#define __BSD_VISIBLE 1"]),
      "visibility",
    ],
    ["NO_CHECKSUM", change("Makefile.DragonFly", [], ["NO_CHECKSUM=\tyes"]), "switches a check"],
    ["|| true", change("Makefile.DragonFly", [], ["\tsed x y || true"]), "|| true"],
    ["a leading -", change("Makefile.DragonFly", [], ["\t-sed x y"]), "leading -"],
    ["-Wno-error", change("Makefile.DragonFly", [], ["CFLAGS+= -Wno-error=implicit"]), "silences"],
    [
      "a removed patch",
      change("dragonfly/patch-a.c", ["--- a.c"], [], ["deleted file mode 100644"]),
      "removes a patch",
    ],
    ["STATUS", change("STATUS", ["PORT"], ["MASK"]), "STATUS"],
    ["an executable file", change("files/run.sh", [], ["x"], ["new file mode 100755"]), "executable"],
    ["an IGNORE by a command", change("Makefile.DragonFly", [], ["IGNORE!=\techo x"]), "broken"],
    [
      "an overridden step",
      change("Makefile.DragonFly", [], ["do-build:", "\t@$(DO_NADA)"]),
      "replaces a step",
    ],
    ["a skipped check", change("Makefile.DragonFly", [], ["check-plist:"]), "replaces a step"],
    ["NO_CHECK_PLIST", change("Makefile.DragonFly", [], ["NO_CHECK_PLIST=yes"]), "switches a check"],
    ["another packing list", change("Makefile.DragonFly", [], ["PLIST=\t/dev/null"]), "packing list"],
    [
      "another place to build",
      change("Makefile.DragonFly", [], ["BUILD_WRKSRC=\t$(WRKSRC)/doc"]),
      "another part",
    ],
    ["a tool that does nothing", change("Makefile.DragonFly", [], ["MAKE_CMD=\t$(TRUE)"]), "does nothing"],
    [
      "a list of upstream hidden",
      change("Makefile.DragonFly", [], ["LIB_DEPENDS=\tx:devel/x"]),
      "replaces all",
    ],
    ["staged files taken away", change("Makefile.DragonFly", [], ["\t$(RM) $(STAGEDIR)$(PREFIX)/x"]), "away"],
    ["|| $(TRUE)", change("Makefile.DragonFly", [], ["\tsed x y || $(TRUE)"]), "|| true"],
    ["; true", change("Makefile.DragonFly", [], ["\tsed x y; true"]), "; true"],
    ["make -i", change("Makefile.DragonFly", [], ["MAKE_ARGS+=\t-i"]), "keeps going"],
    ["make -i without a blank", change("Makefile.DragonFly", [], ["MAKE_ARGS+=-i"]), "keeps going"],
    ["make -ki behind another", change("Makefile.DragonFly", [], ["MAKE_ARGS += V=1 -ki"]), "keeps going"],
    ["make -k in quotes", change("Makefile.DragonFly", [], ['MAKE_ENV+=\tMAKEFLAGS="-k"']), "keeps going"],
    ["shell at parse time", change("Makefile.DragonFly", [], ["X!=\tid"]), "whenever make reads"],
    ["a target by a variable", change("Makefile.DragonFly", [], ["$(:U.IGNORE):"]), "indirectly"],
    ["an included file", change("Makefile.DragonFly", [], ['.include "$(PATCHDIR)/x"']), "includes another"],
    ["a special target", change("Makefile.DragonFly", [], [".END:"]), "special target"],
    ["unseen characters", change("Makefile.DragonFly", [], ["# a\u202eb"]), "does not see"],
    ["a file of upstream removed", change("diffs/REMOVE", [], ["files/patch-x"]), "removes files/patch-x"],
    [
      "distinfo through diffs/",
      change("diffs/distinfo.diff", [], ["--- distinfo", "+++ distinfo", "@@ -1 +1 @@", "-a", "+b"]),
      "checksums",
    ],
    [
      "a shrinking plist through diffs/",
      change("diffs/pkg-plist.diff", [], ["--- pkg-plist", "+++ pkg-plist", "@@ -1 +0,0 @@", "-bin/a"]),
      "packing list",
    ],
    [
      "a dependency dropped through diffs/",
      change(
        "diffs/Makefile.diff",
        [],
        ["--- Makefile", "+++ Makefile", "@@ -1 +0,0 @@", "-LIB_DEPENDS=a:devel/a"],
      ),
      "drops the dependency a:devel/a",
    ],
  ])("flags %s", (_, diff, why) => {
    expect(lintDiff(diff, origin).join("\n")).toContain(why);
  });

  it.each([
    ["SH=\t/tmp/sh", "in the place of a tool of the framework"],
    ["SETENV=\t$(PREFIX)/bin/x", "in the place of a tool of the framework"],
    ["REINPLACE_CMD?=\tx", "in the place of a tool of the framework"],
    ["DO_MAKE_BUILD=\t$(TRUE)", "in the place of a tool of the framework"],
    ["CONFIGURE_SCRIPT=\t/usr/bin/true", "does nothing"],
    ["_QA=x", "belongs to the framework"],
    ["_TEST_SEQ=\t", "belongs to the framework"],
    ["DEVELOPER=", "builder or the system says"],
    ["ALLOW_UNSUPPORTED_SYSTEM=yes", "builder or the system says"],
    ["OSVERSION=\t1400000", "builder or the system says"],
    [".if defined(DEVELOPER)", "for who builds or checks"],
    [".if !defined(PACKAGE_BUILDING)", "for who builds or checks"],
    [".ifdef BATCH", "for who builds or checks"],
    [".if 0", "always or never holds"],
    [".if (0)", "always or never holds"],
    [".elif !1 && defined(X)", "always or never holds"],
    ['.if "a" == "b"', "always or never holds"],
    ["NO_TEST=yes", "switches a check"],
    ["TESTING_UNSAFE=flaky", "switches a check"],
    ["QA_ENV+=\tSTRIP=no", "switches a check"],
    ["IGNORE_DragonFly=x", "marks the port"],
    ["MANUAL_PACKAGE_BUILD=x", "marks the port"],
    ["CFLAGS+=\t-Wno-everything", "silences"],
    ["CFLAGS+=\t-Wno-implicit-function-declaration", "silences"],
    ["CFLAGS+=\t-w", "silences"],
    ["MAKE_ARGS+=\t-sk", "keeps going"],
    ["MAKE_ARGS+=\tV=1 -j4k", "keeps going"],
    ["MAKE_ENV+=\tMAKEFLAGS=-i", "keeps going"],
    ["LDFLAGS+=\t-Wl,--unresolved-symbols=ignore-all", "pass over"],
    ["LDFLAGS+=\t-Wl,-z,undefs", "pass over"],
    ["CPPFLAGS+=\t-DNDEBUG", "assertions"],
    ["TEST_ARGS+=\t--deselect=a", "skips tests"],
    ["PYTEST_IGNORED_TESTS=\tall", "skips tests"],
    ["\tsed x y || { true; }", "|| true"],
    ["\tsed x y || (exit 0)", "|| true"],
    ["\tsed x y || printf x", "|| true"],
    ["\tsed x y || ${DO_NADA}", "|| true"],
    ["\tsed x y | :", "|| true"],
    ["\t @ -sed x y", "leading -"],
    ["\tset +o errexit; sed", "; true"],
    ["\ttrap 'exit 0' EXIT; sed", "; true"],
    ["\tif ! sed x; then :; fi", "; true"],
    ["\tsed x y &", "; true"],
    ["\t${TOUCH} ${TEST_COOKIE}", "as made that was not"],
    ["\ttouch work/.build_done.x", "as made that was not"],
    ["\techo x >> ${TMPPLIST}", "packing list by itself"],
    ["\t${RM} -r ${WRKSRC}/tests", "tests of the software away"],
    ["all do-build:", "replaces a step"],
    [" do-test: all", "replaces a step"],
    ["PATCHDIR=\t${.CURDIR}/none", "from elsewhere"],
    ["FILESDIR=\t/nonexistent", "from elsewhere"],
    ["PATCH_ARGS=\t--force", "from elsewhere"],
    ["DISTVERSION=\t0.1", "another version"],
    ["GH_TAGNAME=\tx", "another version"],
    ["OPTIONS_UNSET+=\tDOCS", "takes options"],
    ["WITHOUT_NLS=yes", "takes options"],
    ["X:=\t${NO_BUILD::=yes}", "where another one is read"],
    ["include /tmp/x.mk", "includes another"],
    ["-include x.mk", "includes another"],
    ["\tsed x y || /usr/bin/env true", "|| true"],
    ["\tsed x y || command :", "|| true"],
    ['\tsed x y || "true"', "|| true"],
    ["\tsed x y || \\true", "|| true"],
    ["\tsed x y || ${TRUE:Ux}", "|| true"],
    ["\tsed x y || ls", "where a command failed"],
    ["\t[ -f x ] && sed x y || [ x ]", "where a command failed"],
    ["\tsed 's/||/exit 1/' y || ls", "where a command failed"],
    ["\t@! sed x y", "failure for success"],
    ["\tsed x y; echo done", "; echo"],
    ["\t${:U-}sed x y", "behind a variable"],
    ["CFLAGS+=\t-${W}", "behind a variable"],
    ['CFLAGS+=\t"-Wno"-error', "silences"],
    ["CFLAGS+=\t-Dcalls\\(x\\)=0", "defines a name of the software away"],
    ["CPPFLAGS+=\t-O2 -Dcalls=", "defines a name of the software away"],
    ["MAKE_ENV+=\tCC=true", "in the place of a tool of the software"],
    ["MAKE_ARGS+=\tV=1 HOST_CC=${TRUE}", "in the place of a tool of the software"],
    ["MAKE_ARGS+=\tSHELL=/usr/bin/true", "in the place of a tool of the software"],
    ["BINARY_ALIAS=\tcc=true", "in the place of a tool of the software"],
    ["MAKE_ARGS+=\tSUBDIRS=", "which parts of the software"],
    ["TEST_ENV+=\tTESTS=", "which parts of the software"],
    ["MAKEFILE=\t${FILESDIR}/Makefile", "another part of the software"],
    ["CARGO_TEST=\tno", "switches a check"],
    ['PLIST_SUB+=\tX="@comment "', "out of the packing list"],
    ["\t${CP} /dev/null ${STAGEDIR}${PREFIX}/bin/x", "an installed file by itself"],
    ["\t${TOUCH} ${STAGEDIR}${PREFIX}/bin/x", "an installed file by itself"],
    ["\t@: > ${STAGEDIR}${PREFIX}/bin/x", "an installed file by itself"],
    ["\t${ECHO_CMD} 'all:' > ${WRKSRC}/Makefile", "a file of the software by itself"],
  ])("flags %s", (line, why) => {
    expect(lintDiff(change("Makefile.DragonFly", [], [line]), origin).join("\n")).toContain(why);
    const nested = ["--- Makefile", "+++ Makefile", "@@ -1 +1,2 @@", " x", `+${line}`];
    expect(lintDiff(change("diffs/Makefile.diff", [], nested), origin).join("\n")).toContain(why);
  });

  it.each([
    ["NO_BUILD \\", "=yes"],
    ["IGNORE\\", "\t=x"],
    ["MAKE_ARGS+= \\", "\tV=1 \\", "\t-k"],
  ])("flags %s that goes on at the next line", (...lines) => {
    expect(lintDiff(change("Makefile.DragonFly", [], lines), origin)).not.toEqual([]);
  });

  it.each([
    ["#if 0", "takes code out"],
    ["# if (0)", "takes code out"],
    ["exit 0", "ends a script early"],
    ['# pragma GCC diagnostic ignored "-Wall"', "silences"],
    ['\tt.Skip("here")', "skips tests"],
    ["@pytest.mark.skip", "skips tests"],
    [".IGNORE:", "minding failures"],
    ["MAKEFLAGS += -i", "minding failures"],
  ])("flags %s in a patch of the software", (line, why) => {
    const diff = change("dragonfly/patch-a", [], ["--- a", "+++ a", "@@ -1 +1,2 @@", " x", `+${line}`]);
    expect(lintDiff(diff, origin).join("\n")).toContain(why);
  });

  it.each([
    [["-TESTS = a b", "+TESTS = a"], "takes b out"],
    [["-bin_PROGRAMS = x", "+bin_PROGRAMS ="], "takes x out"],
    [["--- a.c.orig", "+++ ../../a.c", "+x"], "reaches out"],
    [["--- test.c.orig", "+++ /dev/null", "-x"], "a whole file away"],
  ])("flags a patch with %j", (lines, why) => {
    const diff = change("dragonfly/patch-a", [], ["--- a", "+++ a", "@@ -1 +1 @@", ...lines]);
    expect(lintDiff(diff, origin).join("\n")).toContain(why);
  });

  it.each(readdirSync(fixes))(
    "tells of the known fix %s no more than the checksum or the patch that it takes away",
    (file) => {
      const diff = readFileSync(join(fixes, file), "utf8");
      const port = /^diff --git a\/ports\/([^/]+\/[^/]+)\//m.exec(diff)?.[1] ?? "";
      const flags = lintDiff(diff, port);
      const told = /: (?:changes checksums of distfiles|removes a patch)$/;
      expect(flags.filter((flag) => !told.test(flag))).toEqual([]);
    },
  );

  it.each([
    "CFLAGS+=\t-D__FreeBSD__=9",
    "CFLAGS+=\t-std=gnu89 -fcommon",
    "LDFLAGS+=\t-Wl,--undefined-version",
    "LDFLAGS+=\t-lexecinfo -lkvm -lintl",
    "LIBS+=\t-lexecinfo -lintl",
    "MAKE_ARGS+=\tCC=${CC} V=1 -j4",
    "MAKE_ENV+=\tOS=DragonFly",
    "CONFIGURE_ARGS+=\t--disable-werror --without-kqueue",
    "CONFIGURE_ENV+=\tCONFIG_SHELL=${SH}",
    "CMAKE_ARGS+=\t-DWITH_KQUEUE:BOOL=OFF",
    "USES+=\tgmake localbase:ldflags autoreconf",
    "USES:=\t${USES:Nalias}",
    "USE_GCC=\tyes",
    "CC=\tgcc13",
    "BINARY_ALIAS+=\tpython3=${PYTHON_CMD}",
    ".if ${OPSYS} == DragonFly",
    ".if ${DFLYVERSION} >= 600400",
    ".if defined(WITH_NLS) && ${ARCH} == x86_64",
    ".include <bsd.port.options.mk>",
    "post-install:",
    "pre-configure:",
    "\t${INSTALL_DATA} ${WRKSRC}/x ${STAGEDIR}${DATADIR}",
    "\t@${REINPLACE_CMD} -e 's|a|b|' \\",
    "\t\t-e 's|-lpthread||' ${WRKSRC}/configure",
    "\tcd ${WRKSRC} && ${MAKE_CMD} install",
    "\t[ -f ${WRKSRC}/x ] && ${CP} ${WRKSRC}/x ${WRKSRC}/y",
    "\t[ -d ${STAGEDIR}${DATADIR} ] || ${MKDIR} ${STAGEDIR}${DATADIR}",
    "\t${GREP} -q x ${WRKSRC}/y || ${REINPLACE_CMD} -e 's|y||' ${WRKSRC}/y",
    "\tcd ${WRKSRC} && ./make-it || (${ECHO_MSG} no; exit 1)",
    "\t${ECHO_CMD} '#define X 1' >> ${WRKSRC}/config.h",
    "MAKE_ENV+=\tSHELL=${SH} CC=${CC}",
    'CFLAGS+=\t-DNAME=\\"x\\" -DX=1',
    "CONFIGURE_ENV+=\tac_cv_func_pipe2=no",
    "EXTRA_PATCHES+=\t${FILESDIR}/extra-x",
    "PLIST_FILES+=\tbin/x",
    "OPTIONS_DEFAULT+=\tGSSAPI_NONE",
  ])("has nothing against %s, as porters write", (line) => {
    expect(lintDiff(change("Makefile.DragonFly", [], [line]), origin)).toEqual([]);
  });

  it.each([
    [
      "a step before the build",
      change("Makefile.DragonFly", [], ["post-patch:", "\t@$(REINPLACE_CMD) s,a,b, $(WRKSRC)/x"]),
    ],
    [
      "the software's own Makefile",
      change("dragonfly/patch-Makefile", [], ["@@ -1 +1,3 @@", " x", "+PREFIX=\t/usr/local", "+install:"]),
    ],
    [
      "a list that grows",
      change("dragonfly/patch-M", [], ["--- M", "+++ M", "@@ -1 +1 @@", "-SUBDIRS = a", "+SUBDIRS = a b"]),
    ],
    [
      "a function of a patch that ends",
      change("dragonfly/patch-a.c", [], ["@@ -1 +1,3 @@", " x", "+  return 0;", "+  exit(1);"]),
    ],
    ["a plist that grows", change("pkg-plist", ["bin/a"], ["bin/b", "bin/c"])],
    [
      "a moved dependency",
      change("Makefile.DragonFly", ["LIB_DEPENDS=\tliba.so:devel/a"], ["LIB_DEPENDS+=\tliba.so:devel/a"]),
    ],
    [
      "an include in a patch",
      change("dragonfly/patch-a.c", [], ["@@ -1 +1,2 @@", " x", "+#include <sys/types.h>"]),
    ],
    [
      "a test that only moves",
      change("dragonfly/patch-a.c", [], ["@@ -1,2 +1,2 @@", "-assert(a);", "-x", "+x", "+  assert(a);"]),
    ],
    [
      "a word that has test in it",
      change("Makefile.DragonFly", [], ["CONFIGURE_ARGS+=\t--with-latest -DATTEST=1"]),
    ],
    [
      "context of a patch with a macro",
      change("dragonfly/patch-a.c", [], ["@@ -1 +1,2 @@", " #define __BSD_VISIBLE 1", "-x || true"]),
    ],
  ])("lets %s pass", (_, diff) => {
    expect(lintDiff(diff, origin)).toEqual([]);
  });
});

describe("parseDiff", () => {
  it("reads hunks of one line, whose length is left out", () => {
    const path = `ports/${origin}/pkg-plist`;
    const hunk = (head: string, ...lines: string[]) =>
      parseDiff(
        [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`, head, ...lines, ""].join("\n"),
      );
    expect(hunk("@@ -1 +0,0 @@", "-bin/thing")).toMatchObject([{ removed: ["bin/thing"], added: [] }]);
    expect(hunk("@@ -0,0 +1 @@", "+bin/thing")).toMatchObject([{ removed: [], added: ["bin/thing"] }]);
    expect(hunk("@@ -1 +1 @@", "-bin/a", "+bin/b")).toMatchObject([{ removed: ["bin/a"], added: ["bin/b"] }]);
  });
});

describe("a warning that is to stay one", () => {
  const recipe = shipped.find(({ id }) => id === "tolerate-style-warning");
  const named = new RegExp(recipe?.match[0]?.captures?.flag ?? "^$");
  const lintOf = (flags: string) =>
    lintDiff(change("Makefile.DragonFly", [], [`CFLAGS+=\t${flags}`]), origin);

  it.each([
    ...["unused", "unused-variable", "sign-conversion", "missing-prototypes", "deprecated-declarations"],
    ...["cast-qual", "misleading-indentation", "unknown-warning-option"],
  ])("%s is the recipe's, and no silence", (flag) => {
    expect(named.test(flag)).toBe(true);
    expect(lintOf(`-Wno-error=${flag}`)).toEqual([]);
  });

  it.each([
    ...["format", "implicit-function-declaration", "int-conversion", "incompatible-pointer-types"],
    ...["sign-conversion-x", "commentary", "array-bounds"],
  ])("%s is not", (flag) => {
    expect(named.test(flag)).toBe(false);
    expect(lintOf(`-Wno-error=${flag}`)).not.toEqual([]);
    expect(lintOf(`-Wno-error=cast-qual -Wno-error=${flag}`)).not.toEqual([]);
  });

  it("no word for all of them", () => {
    for (const flags of ["-Wno-error", "-Wno-error=cast-qual -Wno-error", "-Wno-error="])
      expect(lintOf(flags)).not.toEqual([]);
  });
});
