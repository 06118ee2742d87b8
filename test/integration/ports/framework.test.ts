import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packSource } from "../../fixtures/ports/pack.ts";
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

/** Adds a port to the composed tree, with one distfile made of `sources`. */
async function addPort(
  origin: string,
  makefile: string,
  sources: Record<string, string> = {},
): Promise<void> {
  const port = origin.split("/")[1] ?? "";
  const folder = await shop.fresh("sources");
  for (const [path, text] of Object.entries(sources)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    if (text.startsWith("#!")) await chmod(join(folder, path), 0o755);
  }
  await writeFile(join(shop.trees.distfiles, `${port}-1.0.tar.gz`), await packSource(folder, `${port}-1.0`));
  const place = join(shop.trees.dports, origin);
  await mkdir(place, { recursive: true });
  const head = `PORTNAME=\t${port}\nDISTVERSION=\t1.0\nCATEGORIES=\tmisc\nCOMMENT=\tOne of the tests\n`;
  await writeFile(join(place, "Makefile"), `${head}${makefile}\n.include <bsd.port.mk>\n`);
  const summed = await shop.make(origin, ["makesum"]);
  expect(summed.status, summed.output).toBe(0);
}

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
    await addPort("misc/aliased", "USES=\talias", {});
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
    await addPort(origin, `${kind}=\tPICK\n${kind}_PICK=\tA B\nOPTIONS_DEFAULT=\tA B`);
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
    await addPort("misc/lost", "BUILD_DEPENDS=\tnothing:devel/nothing");
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
    await addPort("misc/prober", "HAS_CONFIGURE=\tyes", {
      configure:
        "#!/bin/sh\nfor t in pkg-config gmake cmake python3 perl cc sed; do command -v $t; done\nexit 3\n",
    });
    const { output } = await shop.make("misc/prober", ["configure"]);
    expect(output).toContain("/.base/cc\n");
    expect(output).not.toMatch(/\/(pkg-config|gmake|cmake|python3|perl)\n/);
    expect(output).toContain('===>  Script "configure" failed unexpectedly.');
  });

  test("a library of an undeclared port fails the stage for a developer", async () => {
    await addPort(
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

describe("distfiles", () => {
  test("are fetched from the site, and makesum writes what checksum accepts", async () => {
    await addPort("misc/fetched", "", { Makefile: "all:\n" });
    const away = await shop.fresh("site");
    await rename(join(shop.trees.distfiles, "fetched-1.0.tar.gz"), join(away, "fetched-1.0.tar.gz"));
    const absent = await shop.make("misc/fetched", ["fetch"]);
    expect(absent.status).not.toBe(0);
    expect(absent.output).toContain("=> fetched-1.0.tar.gz doesn't seem to exist in ");
    expect(absent.output).toContain(
      "=> Couldn't fetch it - please try to retrieve this\n=> port manually into ",
    );
    const found = await shop.make("misc/fetched", ["checksum"], {
      variables: { SAMPLE_SITE: `file://${away}` },
    });
    expect(found.output).toContain("=> SHA256 Checksum OK for fetched-1.0.tar.gz.");
    const distinfo = await readFile(join(shop.trees.dports, "misc/fetched/distinfo"), "utf8");
    expect(distinfo).toMatch(
      /^TIMESTAMP = \d+\nSHA256 \(fetched-1\.0\.tar\.gz\) = [0-9a-f]{64}\nSIZE \(fetched-1\.0\.tar\.gz\) = \d+\n$/,
    );
  });

  test("a damaged one is replaced by a sound one of the site", async () => {
    await addPort("misc/damaged", "", { Makefile: "all:\n" });
    const site = await shop.fresh("site");
    await cp(join(shop.trees.distfiles, "damaged-1.0.tar.gz"), join(site, "damaged-1.0.tar.gz"));
    await writeFile(join(shop.trees.distfiles, "damaged-1.0.tar.gz"), "half of it");
    const { status, output } = await shop.make("misc/damaged", ["checksum"], {
      variables: { SAMPLE_SITE: `file://${site}` },
    });
    expect(output).toContain(
      "=> SHA256 Checksum mismatch for damaged-1.0.tar.gz.\n===>  Refetch for 1 more times files:",
    );
    expect(status, output).toBe(0);
  });

  test("one that is no archive fails to extract", async () => {
    await addPort("misc/broken", "", {});
    await writeFile(join(shop.trees.distfiles, "broken-1.0.tar.gz"), "not an archive");
    expect((await shop.make("misc/broken", ["makesum"])).status).toBe(0);
    const { status, output } = await shop.make("misc/broken", ["extract"]);
    expect(status).not.toBe(0);
    expect(output).toMatch(/===> {2}Extracting for broken-1\.0[\s\S]*tar[\s\S]*\*\*\* Error code/);
  });

  test("a licence file that the sources lack is told", async () => {
    await addPort("misc/unlicensed", `LICENSE=\tMIT\nLICENSE_FILE=\t\${WRKSRC}/COPYING`, {});
    const { output } = await shop.make("misc/unlicensed", ["patch"]);
    expect(output).toMatch(/===> {2}Missing license file for MIT in .*\/unlicensed-1\.0\/COPYING\n/);
  });
});

describe("a porter's targets", () => {
  test("makeplist prints what was staged, with the usual substitutions", async () => {
    const { status, output } = await shop.make("textproc/mdfold", ["makeplist"]);
    expect(status, output).toBe(0);
    const list = output.slice(output.indexOf("/you/have/to/check")).trim().split("\n");
    expect(list).toEqual([
      "/you/have/to/check/what/makeplist/gives/you",
      "bin/mdfold",
      "%%PORTDOCS%%%%DOCSDIR%%/GUIDE",
      "share/man/man1/mdfold.1.gz",
      "%%DATADIR%%/rules/default.conf",
      "%%DATADIR%%/rules/strict.conf",
    ]);
  });

  test("makepatch cuts a patch that then applies", async () => {
    const work = await shop.fresh("work");
    const output = await shop.fresh("patches");
    const variables = { WRKDIRPREFIX: work };
    await shop.make("graphics/thumbgrid", ["patch"], { variables });
    const source = join(work, "graphics/thumbgrid/thumbgrid-0.8");
    await cp(join(source, "sheet.c"), join(source, "sheet.c.orig"));
    const text = await readFile(join(source, "sheet.c"), "utf8");
    await writeFile(join(source, "sheet.c"), text.replaceAll("raster_load", "raster_load_file"));
    const made = await shop.make("graphics/thumbgrid", ["makepatch", `OUTDIR=${output}`], { variables });
    expect(made.status, made.output).toBe(0);
    expect(await readdir(output)).toEqual(["patch-sheet.c"]);
    await cp(join(source, "sheet.c.orig"), join(source, "sheet.c"));
    execFileSync("patch", ["-s", "-p0", "-d", source, "-i", join(output, "patch-sheet.c")]);
    expect(await readFile(join(source, "sheet.c"), "utf8")).toContain("raster_load_file(path)");
  });

  test("extra patches come with their option, before the port's own", async () => {
    const { output } = await shop.make("misc/figsay", ["patch"], {
      variables: { OPTIONS_SET: "NARROW", OPTIONS_UNSET: "WIDE" },
    });
    expect(output).toMatch(
      /===> {2}Applying extra patch .*\/files\/extra-narrow\n===> {2}Applying ports patches/,
    );
  });

  test("test runs the port's own tests", async () => {
    const { status, output } = await shop.make("misc/figsay", ["test"]);
    expect(status, output).toBe(0);
    expect(output).toContain("===>  Testing for figsay-1.0_1");
  });

  test("install, deinstall and clean leave nothing", async () => {
    const localbase = await shop.fresh("local");
    const work = await shop.fresh("work");
    const request = { localbase, variables: { WRKDIRPREFIX: work } };
    const installed = await shop.make("misc/figsay", ["install"], request);
    expect(installed.status, installed.output).toBe(0);
    expect(execFileSync(join(localbase, "bin/figsay"), ["hello"], { encoding: "utf8" })).toContain(
      "hello\n*",
    );
    expect((await shop.make("misc/figsay", ["deinstall", "clean"], request)).output).toContain(
      "===>  Cleaning for figsay-1.0_1",
    );
    expect(existsSync(join(localbase, "bin/figsay"))).toBe(false);
    expect(existsSync(join(work, "misc/figsay"))).toBe(false);
  });

  test("a finished phase is not repeated", async () => {
    const work = await shop.fresh("work");
    const request = { localbase: await shop.fresh("local"), variables: { WRKDIRPREFIX: work } };
    const build = async (...targets: string[]) =>
      (await shop.make("textproc/libtally", targets, request)).output;
    expect(await build("build")).toContain("===>  Building for");
    expect(await build("build")).toBe("");
    expect(await build("clean", "configure")).toContain("===>  Extracting for");
  });
});

describe("packages", () => {
  test("bring what they depend on, and can be taken out again", async () => {
    expect((await shop.build("graphics/libraster")).failedPhase).toBeNull();
    const localbase = await shop.fresh("local");
    execFileSync("tar", ["-xf", join(shop.packages, "All/pkg-1.21.3.pkg"), "-C", localbase, "sbin/pkg"]);
    const pkg = (...args: string[]) => execFileSync(join(localbase, "sbin/pkg"), args, { encoding: "utf8" });
    pkg("add", join(shop.packages, "All/libtally-2.1.0.pkg"));
    expect(pkg("info")).toContain("libtally-2.1.0");
    expect(existsSync(join(localbase, "lib/libtally.so"))).toBe(true);
    expect(() => pkg("add", join(shop.packages, "All/nothing-1.pkg"))).toThrow("No such file");
    pkg("delete", "libtally");
    expect(existsSync(join(localbase, "lib/libtally.so"))).toBe(false);
  });

  test("a listed file that was not staged stops the packaging", async () => {
    await addPort("misc/hollow", "NO_BUILD=\tyes\nPLIST_FILES=\tbin/hollow\ndo-install:\n\t@true", {});
    const { status, output } = await shop.make("misc/hollow", ["package"]);
    expect(status).not.toBe(0);
    expect(output).toMatch(/pkg: Unable to access file .*\/bin\/hollow:No such file or directory/);
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
    await addPort("misc/made", cmakePort, cmakeSources);
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
    await addPort(origin, `USES=\t${feature}\nNO_BUILD=\tyes`, {});
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
