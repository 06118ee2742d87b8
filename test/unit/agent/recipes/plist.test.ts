import { describe, expect, test } from "vitest";
import { editPlist, parseSubstitutions } from "../../../../server/src/agent/recipes/plist.ts";

const substitutions = parseSubstitutions(
  'DOCSDIR="share/doc/tool" DATADIR=share/tool PORTDOCS="" X11="@comment " PREFIX="/usr/local"',
);
const edit = (plist: string, orphaned: string[], missing: string[]) =>
  editPlist(plist, { orphaned, missing }, substitutions);

test("reads PLIST_SUB", () => {
  expect(substitutions).toEqual({
    DOCSDIR: "share/doc/tool",
    DATADIR: "share/tool",
    PORTDOCS: "",
    X11: "@comment ",
    PREFIX: "/usr/local",
  });
});

describe("editPlist", () => {
  test("takes out what is missing, whatever its substitutions", () => {
    const plist = "bin/tool\n%%PORTDOCS%%%%DOCSDIR%%/OLD\n@sample etc/tool.conf.sample\n";
    expect(edit(plist, [], ["share/doc/tool/OLD", "etc/tool.conf.sample"])).toEqual({
      text: "bin/tool\n",
      unexplained: [],
    });
  });

  test("puts in an orphan beside its own folder, gated like its neighbours", () => {
    const plist = "bin/tool\n%%PORTDOCS%%%%DOCSDIR%%/A\n%%PORTDOCS%%%%DOCSDIR%%/C\nlib/libtool.so\n";
    expect(edit(plist, ["share/doc/tool/B"], []).text).toBe(
      "bin/tool\n%%PORTDOCS%%%%DOCSDIR%%/A\n%%PORTDOCS%%%%DOCSDIR%%/B\n%%PORTDOCS%%%%DOCSDIR%%/C\nlib/libtool.so\n",
    );
  });

  test("puts a new version where the old one stood", () => {
    const plist = "lib/libogg.so\nlib/libogg.so.0\nlib/libogg.so.0.8.5\nlibdata/ogg.pc\n@dir etc/ogg\n";
    expect(edit(plist, ["lib/libogg.so.0.8.6"], ["lib/libogg.so.0.8.5"]).text).toBe(
      "lib/libogg.so\nlib/libogg.so.0\nlib/libogg.so.0.8.6\nlibdata/ogg.pc\n@dir etc/ogg\n",
    );
  });

  test("keeps keywords behind the last file", () => {
    expect(edit("bin/a\n@dir share/x\n", ["sbin/z"], []).text).toBe("bin/a\nsbin/z\n@dir share/x\n");
  });

  test("names what the list itself does not explain", () => {
    expect(edit("bin/a\n%%X11%%bin/b\n", ["bin/a"], ["bin/b", "bin/c"]).unexplained).toEqual([
      "bin/b",
      "bin/c",
      "bin/a",
    ]);
  });

  test("fills an empty list", () => {
    expect(edit("", ["bin/a", "bin/b"], []).text).toBe("bin/a\nbin/b\n");
  });
});
