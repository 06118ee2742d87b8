import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;

beforeAll(async () => {
  shop = await openWorkshop();
  for (const origin of ["ports-mgmt/pkg", "devel/gmake", "textproc/libtally"]) {
    const { failedPhase, output } = await shop.build(origin);
    expect(failedPhase, output).toBeNull();
  }
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const values = async (origin: string, names: string[], flavor = "") =>
  (
    await shop.make(
      origin,
      names.flatMap((name) => ["-V", name]),
      { flavor },
    )
  ).output
    .trimEnd()
    .split("\n");

describe("make -V", () => {
  test("answers many variables at once, expanded", async () => {
    expect(
      await values("devel/pkgconf", ["PKGNAME", "PKGVERSION", "CATEGORIES", "DISTFILES", "MAINTAINER"]),
    ).toEqual(["pkgconf-2.3.0,1", "2.3.0,1", "devel", "pkgconf-2.3.0.tar.gz", "desktop@example.org"]);
  });

  test("tells dependencies, options, features and folders", async () => {
    expect(
      await values("ftp/fetchly", ["COMPLETE_OPTIONS_LIST", "PORT_OPTIONS", "OPTIONS_SINGLE_GSSAPI"]),
    ).toEqual(["GSSAPI_HEIMDAL GSSAPI_NONE IPV6", "IPV6", "GSSAPI_HEIMDAL GSSAPI_NONE"]);
    const [use, libraries, source, stage] = await values("graphics/thumbgrid", [
      "USES",
      "LIB_DEPENDS",
      "WRKSRC",
      "STAGEDIR",
    ]);
    expect([use, libraries]).toEqual(["localbase:ldflags", "libraster.so:graphics/libraster"]);
    expect(source).toMatch(/\/work\/graphics\/thumbgrid\/thumbgrid-0\.8$/);
    expect(stage).toMatch(/\/work\/graphics\/thumbgrid\/stage$/);
  });

  test("knows flavors, the first being the default", async () => {
    const names = ["FLAVORS", "FLAVOR", "PKGNAME", "IGNORE"];
    expect(await values("audio/wavpeek", names)).toEqual(["nox x11", "nox", "wavpeek-1.7"]);
    expect(await values("audio/wavpeek", names, "x11")).toEqual(["nox x11", "x11", "wavpeek-x11-1.7"]);
    expect(await values("audio/wavpeek", ["IGNORE"], "qt")).toEqual([
      "Unknown flavor 'qt', possible flavors: nox x11",
    ]);
    expect(await values("misc/figsay", ["IGNORE"], "qt")).toEqual([
      "does not have flavors, FLAVOR is set to 'qt'",
    ]);
  });
});

describe("check-sanity", () => {
  test("refuses a feature that does not exist", async () => {
    await shop.addPort("misc/aliased", "USES=\talias", {});
    const { status, output } = await shop.make("misc/aliased", ["check-sanity"]);
    expect(status).not.toBe(0);
    expect(output).toContain("/!\\ aliased-1.0: Makefile errors /!\\");
    expect(output).toContain("Unknown USES=alias");
  });

  test.each([
    ["OPTIONS_RADIO", "one or none option from the PICK radio", "Only one of these must be defined: A B"],
    [
      "OPTIONS_SINGLE",
      "one and only one option from the PICK single",
      "Only one of these must be defined: A B",
    ],
  ])("refuses two choices of %s", async (kind, wanted, told) => {
    const origin = `misc/${kind.toLowerCase()}`;
    await shop.addPort(origin, `${kind}=\tPICK\n${kind}_PICK=\tA B\nOPTIONS_DEFAULT=\tA B`);
    const { output } = await shop.make(origin, ["check-sanity"]);
    expect(output).toContain(`====> You must select ${wanted}\n=====> ${told}`);
  });

  test("reads the options that a person saved", async () => {
    const saved = await shop.fresh("options");
    await mkdir(join(saved, "ftp_fetchly"));
    await writeFile(
      join(saved, "ftp_fetchly/options"),
      "OPTIONS_FILE_SET+=GSSAPI_NONE\nOPTIONS_FILE_UNSET+=IPV6\n",
    );
    const variables = { PORT_DBDIR: saved };
    const shown = await shop.make("ftp/fetchly", ["check-sanity", "-V", "PORT_OPTIONS"], { variables });
    expect(shown.output.trim()).toBe("GSSAPI_NONE");
    expect((await shop.make("ftp/fetchly", ["check-sanity"], { variables })).status).toBe(0);
    expect((await shop.make("ftp/fetchly", ["showconfig"], { variables })).output).toContain(
      "IPV6=off: IPv6",
    );
  });
});

describe("dependencies", () => {
  test("NO_DEPENDS only looks", async () => {
    const { status, output } = await shop.make("graphics/thumbgrid", ["lib-depends"], {
      variables: { NO_DEPENDS: "yes" },
    });
    expect(status).not.toBe(0);
    expect(output).toContain(
      "===>   thumbgrid-0.8 depends on shared library: libraster.so - not found\n*** Error code 1",
    );
  });

  test("what is missing is installed from its package, or built", async () => {
    const localbase = await shop.fresh("local");
    const first = await shop.make("multimedia/capinfo", ["lib-depends"], { localbase });
    expect(first.output).toMatch(/===> {3}Installing existing package .*\/All\/libtally-2\.1\.0\.pkg\n/);
    expect(first.output).toContain(
      `libtally.so - found (${localbase}/lib/libtally.so)\n===>   Returning to build of capinfo-3.0`,
    );
    const built = await shop.make("graphics/thumbgrid", ["lib-depends"], { localbase });
    expect(built.status, built.output).toBe(0);
    expect(built.output).toContain("===>  Installing for libraster-2.0.0");
  });

  test("an origin that does not exist is named", async () => {
    await shop.addPort("misc/lost", "BUILD_DEPENDS=\tnothing:devel/nothing");
    const { status, output } = await shop.make("misc/lost", ["build-depends"]);
    expect(status).not.toBe(0);
    expect(output).toContain('/devel/nothing" non-existent -- dependency list incomplete');
  });

  test("lists and the index line name them", async () => {
    const lines = (await shop.make("multimedia/capinfo", ["build-depends-list"])).output.trim().split("\n");
    expect(lines.map((line) => line.replace(`${shop.trees.dports}/`, ""))).toEqual([
      "ports-mgmt/pkg",
      "textproc/libtally",
    ]);
    const fields = (await shop.make("multimedia/capinfo", ["describe"])).output.trim().split("|");
    expect([fields[0], fields[3], fields[6], fields[8]]).toEqual([
      "capinfo-3.0",
      "Shows what a capture file holds",
      "multimedia",
      "textproc/libtally",
    ]);
  });

  test("tools of the host that are no part of a base system are not seen", async () => {
    await shop.addPort("misc/prober", "HAS_CONFIGURE=\tyes", {
      configure:
        "#!/bin/sh\nfor t in pkg-config gmake cmake python3 perl cc sed; do command -v $t; done\nexit 3\n",
    });
    const { output } = await shop.make("misc/prober", ["configure"]);
    expect(output).toContain("/.base/cc\n");
    expect(output).not.toMatch(/\/(pkg-config|gmake|cmake|python3|perl)\n/);
    expect(output).toContain('===>  Script "configure" failed unexpectedly.');
  });

  test("a library of an undeclared port fails the stage for a developer", async () => {
    await shop.addPort(
      "misc/linker",
      `USES=\tlocalbase:ldflags\nBUILD_DEPENDS=\t\${LOCALBASE}/include/tally.h:textproc/libtally\nPLIST_FILES=\tbin/linker`,
      {
        Makefile: `all:\n\t\${CC} \${CFLAGS} \${LDFLAGS} -o linker main.c -ltally\ninstall:\n\tcp linker \${DESTDIR}\${PREFIX}/bin/\n`,
        "main.c":
          "#include <tally.h>\nint main(void) { struct tally t; tally_reset(&t); return (int)t.count; }\n",
      },
    );
    const { status, output } = await shop.make("misc/linker", ["stage"], { variables: { DEVELOPER: "yes" } });
    expect(status, output).not.toBe(0);
    expect(output).toContain("libtally.so.2 from textproc/libtally but it is not declared as a dependency");
    expect(output).toContain("Warning: you need LIB_DEPENDS+=libtally.so:textproc/libtally");
  });
});

describe("tools that the tree has no port of", () => {
  const has = (tool: string) => existsSync(`/usr/bin/${tool}`);
  const cmakePort = "USES=\tcmake\nPLIST_FILES=\tbin/made";
  const cmakeSources = {
    "CMakeLists.txt":
      "cmake_minimum_required(VERSION 3.10)\nproject(made C)\nadd_executable(made main.c)\ninstall(TARGETS made DESTINATION bin)\n",
    "main.c": "int main(void) { return 0; }\n",
  };

  test.skipIf(!has("cmake"))("USES=cmake configures and builds apart from the sources", async () => {
    await shop.addPort("misc/made", cmakePort, cmakeSources);
    const { failedPhase, output } = await shop.build("misc/made");
    expect(failedPhase, output).toBeNull();
    expect(output).toContain("/misc/made/.build");
  });

  test.each([
    ["cmake", "cmake"],
    ["autoreconf", "autoreconf"],
    ["libtool", "libtoolize"],
  ])("USES=%s says so when %s is not installed", async (feature, tool) => {
    const origin = `misc/${feature}-port`;
    await shop.addPort(origin, `USES=\t${feature}\nNO_BUILD=\tyes`, {});
    const { status, output } = await shop.make(origin, ["configure"]);
    const told = `USES=${feature} needs ${tool}, which is not installed on this machine`;
    if (has(tool)) expect(output).not.toContain(told);
    else {
      expect(status).not.toBe(0);
      expect(output).toContain(told);
    }
    await rm(join(shop.trees.dports, origin), { recursive: true });
  });
});
