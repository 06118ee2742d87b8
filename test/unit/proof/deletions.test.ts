/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { describe, expect, it } from "vitest";
import { lintDiff } from "../../../server/src/proof/lint.ts";
import { edit, origin } from "./change.ts";

const flagsOf = (...lines: string[]) => lintDiff(edit("Makefile.DragonFly", lines), origin);
const told = (what: string) => `ports/devel/thing/Makefile.DragonFly: has sed delete ${what} of the software`;

describe("what sed deletes", () => {
  it.each([
    ["'/foo();/d' ${WRKSRC}/a.c", "code"],
    ["'/foo/,/bar/d' ${WRKSRC}/a.cc", "code"],
    ["'/^#ifdef A/,/^#endif/d' ${WRKSRC}/a.c.in", "code"],
    ["'s/x/y/; /foo/!d' ${WRKSRC}/a.py", "code"],
    ["\"/foo/\"'d' ${WRKSRC}/a.go", "code"],
    ["'\\|foo|d' ${WRKSRC}/a.rs", "code"],
    ["'s/.*foo(x).*//' ${WRKSRC}/a.c", "code"],
    ["d ${WRKSRC}/a.c", "code"],
    ["'/assert(/d' ${WRKSRC}/a.h", "tests"],
    ["'/add_test/d' ${WRKSRC}/CMakeLists.txt", "tests"],
    ["'/test_foo/d' ${WRKSRC}/Makefile.in", "tests"],
    ["'/SUBDIRS.*tests/d' ${WRKSRC}/Makefile.am", "tests"],
  ])("%s is %s", (script, what) => {
    for (const command of ["${REINPLACE_CMD} -e", "@$(SED) -i '' -e", "sed -i.bak"])
      expect(flagsOf(`+\t${command} ${script}`)).toContain(told(what));
  });

  it("is seen in a command of several lines, and where sed gets its files from elsewhere", () => {
    const head = " \t@${REINPLACE_CMD} -e 's/a/b/' \\";
    expect(flagsOf(head, "+\t\t-e '/foo();/d' \\", " \t\t${WRKSRC}/a.c")).toContain(told("code"));
    expect(flagsOf("+\t\t-e '/foo_test/d' \\", " \t\t${FILE}")).toContain(told("tests"));
    expect(flagsOf("+\tfind x -name '*.c' | xargs sed -i '' -e '/foo();/d'")).toContain(told("code"));
  });

  it.each([
    ["'/malloc.h/d' ${WRKSRC}/a.c"],
    ["'/#include <alloca\\.h>/d' ${WRKSRC}/a.c"],
    ["'/^CFLAGS/d; /-Werror/d' ${WRKSRC}/Makefile"],
    ["'/SETMODE/d' ${WRKSRC}/config.h"],
    ["'/pytest-runner/d' ${WRKSRC}/setup.py"],
    ["'/tests_require/d' ${WRKSRC}/setup.py"],
    ["'/gunicorn/d;/scipy/d' ${WRKSRC}/requirements.txt"],
    ["'/add_subdirectory(src)/d' ${WRKSRC}/CMakeLists.txt"],
    ["'/latest/d' ${WRKSRC}/Makefile"],
    ["'s/static //' -e 's|-lfoo||' ${WRKSRC}/a.c"],
    ["'s|/usr/d|${PREFIX}/d|' ${WRKSRC}/a.c"],
    ["'1s|.*|#!/bin/sh|' ${WRKSRC}/a.sh"],
  ])("has nothing against %s, as porters write", (script) => {
    expect(flagsOf(`+\t\${REINPLACE_CMD} -e ${script}`)).toEqual([]);
  });

  it("is told of sources, not of what is made of them", () => {
    const script = "+\t${REINPLACE_CMD} -e '/a_test(/d' ${STAGEDIR}/b.py";
    expect(flagsOf(script)).toEqual([]);
    expect(flagsOf(`${script} \${WRKSRC}/a.py`)).toContain(told("tests"));
  });

  it("is not new where it only follows a file", () => {
    const command = "\t${REINPLACE_CMD} -e '/foo();/d' ${WRKSRC}/";
    expect(flagsOf(`-${command}a.c ${command}b.c`, `+${command}b.c`)).toEqual([]);
    expect(flagsOf(` ${command}a.c`, "+\tls")).toEqual([]);
  });
});
