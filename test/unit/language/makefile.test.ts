import { afterAll, expect, test } from "vitest";
import { createDesk, mended, told, write } from "./sample.ts";

const desk = createDesk();
afterAll(() => desk[Symbol.dispose]());

const port = (...lines: string[]): string =>
  ["PORTNAME=\tone", "DISTVERSION=\t1.0", ...lines, "", ".include <bsd.port.mk>", ""].join("\n");
const inMakefile = (text: string) => desk.problems("ports/devel/one/Makefile", text);

test("a sound makefile has no problem", async () => {
  const text = port(
    "USES=\tgmake pkgconfig:run # not:this",
    `USES+=\t\${ODD} \\\n\tpkgconfig`,
    "LIB_DEPENDS=\tlibtwo.so:devel/two@nox11 \\\n\t\tlibours.so:devel/ours",
    `RUN_DEPENDS=\t\${PKGNAMEPREFIX}x>0:devel/two@\${PY_FLAVOR} two:\${ELSEWHERE}`,
    `.if \${OPSYS} == DragonFly`,
    "CFLAGS+=\t-DX",
    ".elif 1",
    ".else",
    "  INDENTED=\tyes",
    ".endif",
    ".for x in a b",
    ".endfor",
    "post-install:",
    `\t@\${ECHO} hi; \\\n    more`,
    "    # a comment",
    "",
  );
  expect(told(await inMakefile(text))).toEqual([]);
});

test("blanks for a tab are found in a recipe, and replaced", async () => {
  const text = port("post-patch:", `\t@\${TRUE}`, `    @\${ECHO} one`, `        \${ECHO} two`);
  const problems = await inMakefile(text);
  expect(told(problems)).toEqual(["5:1 spaces-for-tab", "6:1 spaces-for-tab"]);
  expect(mended(text, problems)).toBe(
    port("post-patch:", `\t@\${TRUE}`, `\t@\${ECHO} one`, `\t\${ECHO} two`),
  );
});

test.each([
  [[".if 1", "A=1"], ["3:1 unbalanced"]],
  [[".endif"], ["3:1 unbalanced"]],
  [
    [".for a in b", ".endif"],
    ["4:1 unbalanced", "3:1 unbalanced"],
  ],
  [[".else"], ["3:1 unbalanced"]],
  [[".if 1", ".for a in b", ".else", ".endfor", ".endif"], ["5:1 unbalanced"]],
])("unbalanced conditions %j", async (lines, expected) => {
  expect(told(await inMakefile(port(...lines)))).toEqual(expected);
});

test("=+ is found and replaced, a value that begins with + is none", async () => {
  const text = port("CFLAGS=+ -O2", "X=\t+1", "Y=+z");
  const problems = await inMakefile(text);
  expect(told(problems)).toEqual(["3:7 wrong-operator"]);
  expect(mended(text, problems)).toContain("CFLAGS+= -O2\n");
});

test("a makefile without bsd.port.mk is told; a slave port and an overlay need none", async () => {
  const text = "PORTNAME=\tone\n";
  const problems = await inMakefile(text);
  expect(told(problems)).toEqual(["1:1 no-include"]);
  expect(mended(text, problems)).toBe("PORTNAME=\tone\n\n.include <bsd.port.mk>\n");
  expect(told(await inMakefile(`${text}.include "\${MASTERDIR}/Makefile"\n`))).toEqual([]);
  expect(told(await desk.problems("ports/devel/one/Makefile.DragonFly", text))).toEqual([]);
});

test("USES that the framework lacks are found, and taken out", async () => {
  const text = port("USES=\tgmake alias:x pkgconfig", "X_USES=\talias");
  const problems = await inMakefile(text);
  expect(told(problems)).toEqual(["3:13 unknown-uses", "4:9 unknown-uses"]);
  expect(mended(text, problems)).toContain("USES=\tgmake pkgconfig\nX_USES=\t\n");
});

test("dependencies are looked up: renamed, removed and unknown ones", async () => {
  const text = port(
    "BUILD_DEPENDS=\told:devel/old@fl:install gone:devel/gone",
    "X_LIB_DEPENDS=\tlibn.so:devel/nowhere r:devel/ring",
  );
  const problems = await inMakefile(text);
  expect(told(problems)).toEqual([
    "3:20 moved-port",
    "3:46 removed-port",
    "4:24 unknown-port",
    "4:40 moved-port",
  ]);
  expect(problems[0]?.message).toBe("devel/old is devel/two now: Merged (2024-02-02).");
  expect(problems[1]?.message).toContain("Has expired");
  expect(mended(text, problems.slice(0, 1))).toContain("old:devel/two@fl:install gone:devel/gone");
});

test("a Makefile that is no port's has no problems", async () => {
  const text = "all:\n    cc x.c\n.if 1\n";
  expect(await desk.problems("work/project/Makefile", text)).toEqual([]);
  expect(await desk.problems("ports/devel/one/Makefile", text)).not.toEqual([]);
});

test("what a matching recipe would add is offered until it is there, and not after the case is closed", async () => {
  using here = createDesk();
  const finding = { kind: "gnu-makefile", phase: "build", text: "missing separator" };
  here.fail([finding], { classification: "build-system-error" });
  const text = port("USES=\tpkgconfig");
  const inOverlay = await here.problems("DeltaPorts/ports/devel/one/Makefile.DragonFly", "CFLAGS+=\t-g\n");
  expect(told(inOverlay)).toEqual(["1:1 recipe"]);
  expect(mended("CFLAGS+=\t-g\n", inOverlay)).toBe("CFLAGS+=\t-g\nUSES+=\t\tgmake\n");
  const problems = await here.problems("ports/devel/one/Makefile", text);
  expect(told(problems)).toEqual(["3:1 recipe"]);
  expect(mended(text, problems)).toContain("USES=\tpkgconfig\nUSES+=\t\tgmake\n");
  expect(await here.problems("ports/devel/one/Makefile", port("USES=\tgmake"))).toEqual([]);
  here.fail([finding], { classification: "build-system-error", state: "closed" });
  expect(await here.problems("ports/devel/one/Makefile", text)).toEqual([]);
});

test("a tree that changes is read again", async () => {
  using here = createDesk();
  const text = port("USES=\tbrandnew");
  expect(told(await here.problems("ports/devel/one/Makefile", text))).toEqual(["3:7 unknown-uses"]);
  write(here.folder, "freebsd-ports/Mk/Uses/brandnew.mk", "");
  expect(await here.problems("ports/devel/one/Makefile", text)).toEqual([]);
});
