import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, rename, writeFile } from "node:fs/promises";
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

describe("distfiles", () => {
  test("are fetched from the site, and makesum writes what checksum accepts", async () => {
    await shop.addPort("misc/fetched", "", { Makefile: "all:\n" });
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
    await shop.addPort("misc/damaged", "", { Makefile: "all:\n" });
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
    await shop.addPort("misc/broken", "", {});
    await writeFile(join(shop.trees.distfiles, "broken-1.0.tar.gz"), "not an archive");
    expect((await shop.make("misc/broken", ["makesum"])).status).toBe(0);
    const { status, output } = await shop.make("misc/broken", ["extract"]);
    expect(status).not.toBe(0);
    expect(output).toMatch(/===> {2}Extracting for broken-1\.0[\s\S]*tar[\s\S]*\*\*\* Error code/);
  });

  test("a licence file that the sources lack is told", async () => {
    await shop.addPort("misc/unlicensed", `LICENSE=\tMIT\nLICENSE_FILE=\t\${WRKSRC}/COPYING`, {});
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
    await shop.addPort("misc/hollow", "NO_BUILD=\tyes\nPLIST_FILES=\tbin/hollow\ndo-install:\n\t@true", {});
    const { status, output } = await shop.make("misc/hollow", ["package"]);
    expect(status).not.toBe(0);
    expect(output).toMatch(/pkg: Unable to access file .*\/bin\/hollow:No such file or directory/);
  });
});
