import { describe, expect, test } from "vitest";
import { newBench, type PlannedCall, type Script } from "../../../../server/src/agent/recipes/script.ts";
import { dependOnLibrary, dependOnProvider } from "../../../../server/src/agent/recipes/steps/depends.ts";
import { followMoved } from "../../../../server/src/agent/recipes/steps/moved.ts";
import { chooseOption } from "../../../../server/src/agent/recipes/steps/options.ts";
import { regeneratePlist } from "../../../../server/src/agent/recipes/steps/packingList.ts";
import { fixShebang } from "../../../../server/src/agent/recipes/steps/shebang.ts";

interface Port {
  variables?: Record<string, string>;
  files?: Record<string, string>;
  /** Lines that grep prints, by a word of the pattern. */
  grep?: Record<string, string>;
}

const wrksrc = "/work/obj/devel/tool/tool-1.0";
const overlay = "/work/DeltaPorts/ports/devel/tool";

/** Runs a step against what a port would answer; what it said and the overlay's makefile after it. */
function run(step: Script<string | null>, { variables = {}, files = {}, grep = {} }: Port) {
  const written = new Map(Object.entries(files));
  const answer = ({ name, arguments: args }: PlannedCall) => {
    const text = written.get(String(args.path));
    if (name === "port_query") {
      const names = args.variables as string[];
      return ok({}, names.map((one) => `${one}=${variables[one] ?? ""}`).join("\n"));
    }
    if (name === "get_file" && text === undefined)
      return { ok: false, facts: { error: "it does not exist" }, body: "" };
    if (name === "get_file")
      return ok({ sha256: "a".repeat(64), bytes: Buffer.byteLength(text ?? "") }, text);
    if (name === "put_file") written.set(String(args.path), String(args.content));
    if (name === "grep")
      return ok({}, Object.entries(grep).find(([word]) => String(args.pattern).includes(word))?.[1]);
    return ok({ wrksrc });
  };
  let next = step.next();
  while (next.done !== true) next = step.next(next.value.calls.map(answer));
  return { said: next.value, written, makefile: written.get(`${overlay}/Makefile.DragonFly`) };
}

const ok = (facts: Record<string, unknown>, body = "") => ({ ok: true, facts, body });
const bench = () => newBench("devel/tool");

describe("depending on a provider", () => {
  const plist = (origin: string, path: string) => `/work/DPorts/${origin}/pkg-plist:3:${path}`;

  test("takes the library that is named like the header's folder", () => {
    const grep = {
      include: plist("audio/libogg", "include/ogg/ogg.h"),
      "lib/lib": [plist("audio/libogg", "lib/liba.so"), plist("audio/libogg", "lib/libogg.so")].join("\n"),
    };
    expect(run(dependOnProvider(bench(), "header", "ogg/ogg.h"), { grep })).toMatchObject({
      makefile: "LIB_DEPENDS+=\tlibogg.so:audio/libogg\nUSES+=\t\tlocalbase:ldflags\n",
    });
  });

  test("needs a header without a library only to build", () => {
    const grep = { include: plist("devel/rapidjson", "include/rapid/json.h") };
    const { makefile } = run(dependOnProvider(bench(), "header", "rapid/json.h"), {
      grep,
      variables: { USES: "localbase" },
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: makefile text
    expect(makefile).toBe("BUILD_DEPENDS+=\t${LOCALBASE}/include/rapid/json.h:devel/rapidjson\n");
  });

  test("knows of a declared library that only -L is missing", () => {
    const grep = { "lib/libogg": plist("audio/libogg", "lib/libogg.so") };
    const variables = { LIB_DEPENDS: "libogg.so:audio/libogg" };
    expect(run(dependOnProvider(bench(), "library", "ogg"), { grep, variables }).said).toBe(
      "USES+= localbase:ldflags",
    );
  });

  test("prefers the port that is named like what is missing, at the shortest path", () => {
    const grep = {
      "lib/libssl": [
        plist("security/openssl", "lib/libssl.so"),
        plist("security/libressl", "lib/libssl.so"),
        plist("security/ssl", "lib/libssl.so"),
      ].join("\n"),
    };
    expect(run(dependOnProvider(bench(), "library", "ssl"), { grep }).said).toContain(
      "libssl.so:security/ssl",
    );
  });

  test.each([
    ["build", "BUILD_DEPENDS"],
    ["patch", "PATCH_DEPENDS"],
    ["extract", "EXTRACT_DEPENDS"],
  ])("brings a tool in time for the %s phase", (phase, variable) => {
    const grep = { "bin/xsltproc": plist("textproc/libxslt", "bin/xsltproc") };
    const { said } = run(dependOnProvider(bench(), "tool", "xsltproc", phase), { grep });
    expect(said).toBe(`${variable}+= xsltproc:textproc/libxslt`);
  });

  test.each([
    ["nobody installs it", {}, "no port of the tree installs the header x.h"],
    [
      "several do",
      { include: `${plist("a/one", "include/x.h")}\n${plist("a/two", "include/x.h")}` },
      "several ports",
    ],
    ["only the port itself does", { include: plist("devel/tool", "include/x.h") }, "no port of the tree"],
  ])("refuses when %s", (_name, grep, words) => {
    expect(() => run(dependOnProvider(bench(), "header", "x.h"), { grep })).toThrow(words);
  });

  test("takes a stage check at its word", () => {
    const { makefile } = run(
      dependOnLibrary(bench(), "/usr/local/lib/libgpg-error.so.0", "security/libgpg-error"),
      {},
    );
    expect(makefile).toBe("LIB_DEPENDS+=\tlibgpg-error.so:security/libgpg-error\n");
    for (const odd of ["/usr/local/bin/x", "/usr/local/lib/lib$(id).so.1"])
      expect(() => run(dependOnLibrary(bench(), odd, "a/b"), {})).toThrow("does not look like");
  });
});

describe("choosing an option", () => {
  const upstream = "/work/freebsd-ports/devel/tool/Makefile";
  const variables = { OPTIONS_SINGLE_TLS: "OPENSSL GNUTLS TLS_NONE" };

  test.each([
    ["upstream's default", { [upstream]: "OPTIONS_DEFAULT=\tDOCS \\\n\t\tGNUTLS\n" }, variables, "GNUTLS"],
    [
      "none, where the overlay drops upstream's default",
      {
        [upstream]: "OPTIONS_DEFAULT=\tGNUTLS\n",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: makefile text
        [`${overlay}/Makefile.DragonFly`]: "OPTIONS_DEFAULT:=\t${OPTIONS_DEFAULT:NGNUTLS}\n",
      },
      variables,
      "TLS_NONE",
    ],
    ["the first that is not excluded", {}, { OPTIONS_SINGLE_TLS: "A B C", OPTIONS_EXCLUDE: "A" }, "B"],
  ])("takes %s", (_name, files: Record<string, string>, given: Record<string, string>, choice) => {
    expect(run(chooseOption(bench(), "TLS"), { files, variables: given }).makefile).toContain(
      `OPTIONS_DEFAULT+=\t${choice}\n`,
    );
  });

  test("refuses an empty group", () => {
    expect(() => run(chooseOption(bench(), "TLS"), {})).toThrow("OPTIONS_SINGLE_TLS is empty");
  });
});

describe("following a renamed dependency", () => {
  test("takes its name literally, which make matches as a pattern", () => {
    const [from, to] = ["devel/libsigc++12", "devel/libsigc++20"];
    const grep = { sigc: `/work/freebsd-ports/MOVED:3:${from}|${to}|2026-01-01|Renamed` };
    const files = {
      "/work/freebsd-ports/devel/tool/Makefile": `LIB_DEPENDS=\tlibsigc-2.0.so:${from}\n`,
      [`/work/DPorts/${to}/Makefile`]: "",
    };
    const variables = { LIB_DEPENDS: `libsigc-2.0.so:${from}` };
    const { makefile } = run(followMoved(bench(), from), { files, grep, variables });
    const [, pattern = "", by = ""] = /:C,([^,]*),([^,]*),/.exec(makefile ?? "") ?? [];
    expect(variables.LIB_DEPENDS.replace(new RegExp(pattern), by.replace("\\1", "$1"))).toBe(
      `libsigc-2.0.so:${to}`,
    );
  });
});

describe("a script's interpreter", () => {
  test("names the one script of the sources", () => {
    const grep = { "^#!": `${wrksrc}/tools/report.pl:1:#!/usr/bin/perl\n${wrksrc}/README:9:#!/not/first\n` };
    expect(run(fixShebang(bench(), "bin/report"), { grep }).makefile).toBe(
      "USES+=\t\tshebangfix\nSHEBANG_FILES+=\ttools/report.pl\n",
    );
  });

  test("refuses a folder whose name make would expand", () => {
    const grep = { "^#!": `${wrksrc}/$(id)/report:1:#!/bin/bash\n` };
    expect(() => run(fixShebang(bench(), "bin/report"), { grep })).toThrow("is no word");
  });

  test("refuses when two scripts have the name", () => {
    const grep = { "^#!": `${wrksrc}/a/report:1:#!/bin/bash\n${wrksrc}/b/report:1:#!/bin/bash\n` };
    expect(() => run(fixShebang(bench(), "bin/report"), { grep })).toThrow("not the only such");
  });
});

describe("a packing list", () => {
  test.each([
    "@postexec rm -rf /",
    "%%DATADIR%%/x",
    "/etc/passwd",
    "share/../../x",
    "bin/$(id)",
    "bin/a\u0007",
  ])("does not take %j from a log", (path) => {
    expect(() => run(regeneratePlist(bench(), { orphaned: [path], missing: [] }), {})).toThrow("is no path");
  });

  test.each(["share/a b", "share/a#b"])("does not take %j into PLIST_FILES", (path) => {
    expect(() => run(regeneratePlist(bench(), { orphaned: [path], missing: [] }), {})).toThrow("cannot hold");
  });

  test("gives a port without a list its files by name", () => {
    const variables = { PLIST_FILES: "bin/tool bin/old" };
    const { makefile } = run(regeneratePlist(bench(), { orphaned: ["bin/new"], missing: ["bin/old"] }), {
      variables,
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: makefile text
    expect(makefile).toBe("PLIST_FILES:=\t${PLIST_FILES:Nbin/old:Nbin/old\\:*}\nPLIST_FILES+=\tbin/new\n");
  });

  test("amends the overlay's own diff against upstream", () => {
    const files = {
      "/work/DPorts/devel/tool/pkg-plist": "bin/b\nbin/c\n",
      "/work/freebsd-ports/devel/tool/pkg-plist": "bin/a\nbin/c\n",
      [`${overlay}/diffs/pkg-plist.diff`]: "an older diff\n",
    };
    const { written } = run(regeneratePlist(bench(), { orphaned: ["bin/d"], missing: ["bin/c"] }), { files });
    expect(written.get(`${overlay}/diffs/pkg-plist.diff`)).toBe(
      "--- pkg-plist.orig\n+++ pkg-plist\n@@ -1,2 +1,2 @@\n-bin/a\n-bin/c\n+bin/b\n+bin/d\n",
    );
  });
});
