/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: makefile text */
import { describe, expect, test } from "vitest";
import {
  addWords,
  removeCommands,
  removeWords,
  setVariable,
  undefineVariable,
} from "../../../../server/src/agent/recipes/makefile.ts";

describe("addWords", () => {
  test.each([
    ["a new file", "", "USES+=\t\tgmake\n"],
    ["an own line", "USES+=\tperl5\n", "USES+=\tperl5 gmake\n"],
    ["a line that continues", "USES+=\tperl5 \\\n\tssl\n", "USES+=\tperl5 \\\n\tssl gmake\n"],
    ["other variables", "CFLAGS+=\t-g\n\nLIBS+=\t-lm\n", "CFLAGS+=\t-g\n\nLIBS+=\t-lm\nUSES+=\t\tgmake\n"],
    ["a target only", "# why\ndfly-patch:\n\techo\n", "# why\nUSES+=\t\tgmake\n\ndfly-patch:\n\techo\n"],
    [
      "a conditional line, which is left alone",
      ".if ${PORT_OPTIONS:MX11}\nUSES+=\tx\n.endif\n",
      ".if ${PORT_OPTIONS:MX11}\nUSES+=\tx\n.endif\nUSES+=\t\tgmake\n",
    ],
    ["what is there already", "USES=\tgmake\n", "USES=\tgmake\n"],
  ])("to %s", (_name, before, after) => {
    expect(addWords(before, "USES", ["gmake"])).toBe(after);
  });

  test("keeps the column of long names", () => {
    expect(addWords("", "LIB_DEPENDS", ["libx.so:x11/libX11"])).toBe("LIB_DEPENDS+=\tlibx.so:x11/libX11\n");
  });
});

describe("removeWords", () => {
  test("from an own line, with its arguments", () => {
    expect(removeWords("USES+=\talias:9 ssl\n", "USES", ["alias"])).toBe("USES+=\t\tssl\n");
  });
  test("drops a line that held nothing else", () => {
    expect(removeWords("USES+=\talias\nX=\t1\n", "USES", ["alias"])).toBe("X=\t1\n");
  });
  test("filters what stands upstream", () => {
    expect(removeWords("", "USES", ["alias"])).toBe("USES:=\t\t${USES:Nalias:Nalias\\:*}\n");
  });
});

test("setting and undefining", () => {
  expect(setVariable("A=\t1\n", "WRKSRC", "${WRKDIR}/x")).toBe("A=\t1\nWRKSRC=\t\t${WRKDIR}/x\n");
  expect(undefineVariable("", "LICENSE_FILE")).toBe(".undef LICENSE_FILE\n");
});

describe("removeCommands", () => {
  const file = "/work/obj/www/x/x-1/src/gone.c";
  test.each([
    ["one of two commands", "t:\n\tsed -i '' ${WRKSRC}/src/gone.c\n\techo kept\n", "t:\n\techo kept\n"],
    [
      "the only command, then its target",
      "A=\t1\n\nt:\n\t${REINPLACE_CMD} -e s,a,b, ${WRKSRC}/src/gone.c\n",
      "A=\t1\n",
    ],
    [
      "one file of several",
      "t:\n\t@${REINPLACE_CMD} -e 's|a b|c|' ${WRKSRC}/src/gone.c ${WRKSRC}/main.c\n",
      "t:\n\t@${REINPLACE_CMD} -e 's|a b|c|' ${WRKSRC}/main.c\n",
    ],
    [
      "one file on a line of its own",
      "t:\n\t${REINPLACE_CMD} -e s,a,b, \\\n\t\t${WRKSRC}/src/gone.c \\\n\t\t${WRKSRC}/b.c\n",
      "t:\n\t${REINPLACE_CMD} -e s,a,b, \\\n\t\t${WRKSRC}/b.c\n",
    ],
    ["a copy, whole", "t:\n\t${CP} ${WRKSRC}/src/gone.c ${WRKSRC}/b.c\n\ttrue\n", "t:\n\ttrue\n"],
  ])("takes out %s", (_name, before, after) => {
    expect(removeCommands(before, file)).toBe(after);
  });

  test.each([
    ["another file of that name elsewhere", "t:\n\tsed ${WRKSRC}/lib/gone.c\n"],
    ["a file whose name only ends alike", "t:\n\tsed ${WRKSRC}/src/begone.c\n"],
    ["a chain of commands", "t:\n\tcd ${WRKSRC} && sed -i '' src/gone.c && make x\n"],
  ])("leaves %s alone", (_name, before) => {
    expect(removeCommands(before, file)).toBeNull();
  });
});
