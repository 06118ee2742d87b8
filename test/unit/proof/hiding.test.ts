/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { describe, expect, it } from "vitest";
import { lintDiff } from "../../../server/src/proof/lint.ts";
import { change, edit, origin, patch } from "./change.ts";

const makefile = "Makefile.DragonFly";
const behindPipe = `ports/devel/thing/${makefile}: hides a command's failure behind a pipe (| cat)`;
const asAnswer = `ports/devel/thing/${makefile}: takes a command's failure for an answer (if, while, && :)`;

describe("a failure behind a pipe", () => {
  it.each([
    [["-\t./t", "+\t./t | cat"]],
    [["-\t./t", "+\t./t 2>&1 | tee log"]],
    [["-\tcd x && ./t", "+\tcd x && ./t | ${TAIL} -3"]],
    [["-\t${MAKE_CMD} test", "+\t@${MAKE_CMD} test >log | ${SED} -e 's/x/y/'"]],
    [[" \tcd x && ./t \\", "+\t\t| cat"]],
    [["+\t(cd x; ./t) | ${CAT}"]],
    [["+\t./t | $(TEE) -a log; ls"]],
    [["+\t./t | true; ls"]],
  ])("is flagged in %j", (lines) => {
    expect(lintDiff(edit(makefile, lines), origin)).toContain(behindPipe);
  });

  it.each([
    [["+\t${ECHO_CMD} x \\", "+\t\t| ${TEE} -a ${WRKSRC}/y"]],
    [["+\t${ECHO_CMD} a | ${CAT} - x >y"]],
    [["-\t${CAT} a >b", "+\t${CAT} a | ${SED} -e 's/x/y/' >b"]],
    [["+\t(cd ${WRKSRC} && ${TAR} -cf - .) | ${TAR} -xf - -C x"]],
    [["+\t${FIND} x -type f | ${XARGS} ${CHMOD} 644"]],
    [["+\tv=$$(./t | tail -1 | cat); ${ECHO_CMD} $$v >f"]],
    [["+\t${REINPLACE_CMD} -e 's/a | cat/b/' x"]],
    [["+\tset -o pipefail; ./t | tee log"]],
    [["-\t./gen | tee log", "+\t./gen -x | tee log"]],
  ])("is not seen in %j, as porters write", (lines) => {
    expect(lintDiff(edit(makefile, lines), origin)).toEqual([]);
  });
});

describe("a failure as an answer", () => {
  it.each([
    [["-\t./t", "+\tif ./t; then ls; fi"]],
    [["+\tif cd x && ${MAKE_CMD} check; then ${ECHO_CMD} ok; fi"]],
    [["+\t@if \\", "+\t\t./t; \\", "+\tthen ls; fi"]],
    [["+\twhile ! ./t; do break; done"]],
    [["+\tuntil A=b ./t; do break; done"]],
    [["-\t./t", "+\t./t && :"]],
    [["+\t./t && ${TRUE}; ls"]],
    [["-\t./t", "-\t./u", "+\t./t && ./u; ls"]],
  ])("is flagged in %j", (lines) => {
    expect(lintDiff(edit(makefile, lines), origin)).toContain(asAnswer);
  });

  it.each([
    [["+\tif [ -f x ] && test -f y; then (cd x; ${CP} x y); fi"]],
    [["+\tif ! ${GREP} -q a b; then ${CP} b a; fi"]],
    [["+\tif echo $$x | ${GREP} y; then ls; fi"]],
    [["+\tif ./t; then ls; else ${ECHO_CMD} no; exit 1; fi"]],
    [["+\tif ! ./t; then ${ECHO_CMD} no; exit 1; fi"]],
    [["+\twhile IFS= read f; do ${CP} $$f x; done <y"]],
    [["+\t@while read f; do ${CP} $$f x; done <y"]],
    [["+\t${FIND} x | while read f; do ${CP} $$f y; done"]],
    [[" \tif ./t; then \\", " \tls; \\", " \tfi", "+\tif [ -f x ]; then \\", "+\tls; \\", "+\tfi"]],
    [["+\t[ -f x ] && :"]],
    [["-\t./t", "+\tcd ${WRKSRC} && ./t; ls"]],
    [["-\t./t", "-\t./u", "+\t./t && ./u"]],
  ])("is not seen in %j, as porters write", (lines) => {
    expect(lintDiff(edit(makefile, lines), origin)).toEqual([]);
  });
});

it("reads upstream's Makefile and the software's too, but no code", () => {
  const hunk = ["@@ -1 +1 @@", "-\t./t", "+\t./t | cat"];
  const upstream = change("diffs/Makefile.diff", [], ["--- Makefile", "+++ Makefile", ...hunk]);
  expect(lintDiff(upstream, origin).join()).toContain("behind a pipe");
  expect(lintDiff(patch("src/Makefile.in", hunk.slice(1)), origin).join()).toContain("behind a pipe");
  expect(lintDiff(patch("a.c", ["-\tx = A;", "+\tx = A | tee;"]), origin)).toEqual([]);
});
