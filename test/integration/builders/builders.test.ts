import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuilderError } from "../../../server/src/builders/errors.ts";
import { createQueryPort } from "../../../server/src/builders/make.ts";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import type { Builder, BuildResult } from "../../../server/src/builders/types.ts";
import type { Environment } from "../../../server/src/environments/types.ts";
import type { EnvironmentKind } from "../../../server/src/protocol/index.ts";
import { fixtureRoot } from "../../fixtures/ports/trees.ts";
import { createPoudrierePlace, type PoudrierePlace } from "../../fixtures/poudriere/place.ts";
import { commitAll, createPlace, edit, kinds, type Place } from "../environments/support.ts";

const dsynth = join(import.meta.dirname, "../../fixtures/dsynth/dsynth");
const timeoutMs = 120_000;
/** Builders that need walls, or none. */
const others: Partial<Record<EnvironmentKind, string[]>> = {
  bwrap: ["dsynth"],
  ssh: ["dsynth"],
  plain: ["poudriere"],
};
const own = (kind: EnvironmentKind) => (kind === "ssh" ? [] : ["bsd-make"]);
const pairs = kinds.flatMap((kind) =>
  [...own(kind), ...(others[kind] ?? [])].map((name) => ({ kind, name })),
);

let place: Place;
let poudriere: PoudrierePlace;
beforeAll(async () => {
  place = await createPlace();
  poudriere = await createPoudrierePlace(place.folder);
  await addBrokenArchive();
});
afterAll(() => place.remove());

let made = 0;
async function environmentOf(kind: EnvironmentKind): Promise<Environment> {
  const manager = await place.manager(kind, { builder: { dsynth, attempts: "dsynth" } });
  return manager.create({ name: `build-${made++}`, target: "@t" });
}

describe.each(pairs)("$name in $kind", ({ kind, name }) => {
  let builder: Builder;
  let environment: Environment;
  beforeAll(async () => {
    const options = { poudriere: poudriere.options };
    environment = await environmentOf(kind);
    builder = createBuilder(name, place.config(kind, { builder: { dsynth, options } }).builder);
  });

  /** Where packages are looked for and put. */
  const repository = () =>
    name === "poudriere" ? poudriere.packages : join(environment.root, "packages/All");

  async function build(
    origin: string,
    more: Partial<Parameters<Builder["build"]>[0]> = {},
  ): Promise<[BuildResult, string]> {
    await environment.compose(origin);
    const result = await builder.build({ environment, origin, flavor: "", timeoutMs, ...more });
    return [result, await readFile(result.logPath, "latin1")];
  }

  it("builds a port, its dependencies first, and leaves a package and a log in dsynth's shape", async () => {
    const seen: string[] = [];
    const heard: Uint8Array[] = [];
    const [result, log] = await build("misc/figsay", {
      onPhase: (phase) => seen.push(phase),
      onOutput: (chunk) => heard.push(chunk),
    });
    expect(log).toContain(Buffer.concat(heard).toString("latin1").split("\n").at(-2));
    expect(Buffer.concat(heard).toString("latin1")).toContain("===>  Building");
    expect(result).toMatchObject({ passed: true, failedPhase: null, cancelled: false, timedOut: false });
    expect(result.inputSha256).toBe(environment.composedInput("misc/figsay"));
    expect(result.logBytes).toBe(log.length);
    const inside = await environment.files.read(`/work/logs/${basename(result.logPath)}`);
    expect(inside.toString("latin1")).toBe(log);
    const banners = [...log.matchAll(/^-{79}\n-- Phase: (\S+)\n-{79}\n\n/gm)].map((match) => match[1]);
    const isTested = name === "poudriere";
    const last = ["check-plist", "package", ...(isTested ? ["install", "deinstall"] : [])];
    expect(banners.slice(-last.length)).toEqual(last);
    expect(banners).toEqual(expect.arrayContaining(["check-sanity", "fetch", "configure", "build", "stage"]));
    expect(log.match(/^SUCCEEDED \d\d:\d\d:\d\d$/gm)?.length).toBe(banners.length);
    expect(log).toMatch(/\nTOTAL TIME \d\d:\d\d:\d\d\n\n/);
    if (name !== "dsynth") expect(seen).toEqual(banners);
    const packages = await readdir(repository());
    // What testport makes is tried and thrown away.
    expect(packages.some((file) => file.startsWith("figsay-"))).toBe(!isTested);
  });

  const failing = [
    ["games/tilerun", "build"],
    ["archivers/torn", "extract"],
    ["www/tinyhttp", "patch"],
    ["devel/jsonpick", "checksum"],
    ["textproc/mdfold", "check-plist"],
  ];
  it.each(kind === kinds[0] && name === "bsd-make" ? failing : failing.slice(0, 2))(
    "says that %s fails in %s",
    async (origin, phase) => {
      const [result, log] = await build(origin);
      expect(result).toMatchObject({ passed: false, failedPhase: phase, cancelled: false, timedOut: false });
      const last = log.lastIndexOf("-- Phase: ");
      expect(log.slice(last)).toMatch(new RegExp(`^-- Phase: ${phase}\\n`));
      expect(log.slice(last)).toMatch(/\nFAILED \d\d:\d\d:\d\d\n/);
      expect(log).not.toContain(environment.root);
    },
  );

  it("takes an ignored port for a failure that says why", async () => {
    const [result, log] = await build("emulators/vmhost");
    expect(result).toMatchObject({ passed: false, failedPhase: "check-sanity" });
    expect(log).toContain("is marked as broken: needs the vmm(4) device of FreeBSD");
  });

  it("builds the flavor that is asked for", async () => {
    const [good] = await build("audio/wavpeek", { flavor: "nox" });
    expect(good.passed).toBe(true);
    expect(good.logPath.endsWith("/audio___wavpeek@nox.log")).toBe(true);
    const [bad] = await build("audio/wavpeek", { flavor: "x11" });
    expect(bad).toMatchObject({ passed: false, failedPhase: "build" });
  });

  it("shows a build only what its port declares", async () => {
    const [library] = await build("textproc/libtally");
    expect(library.passed).toBe(true);
    const [result] = await build("math/matstat");
    expect(result).toMatchObject({ passed: false, failedPhase: "build" });
  });

  it("builds a dependency once and installs its package from then on", async () => {
    const [first, firstLog] = await build("graphics/thumbgrid");
    const [second, secondLog] = await build("graphics/thumbgrid");
    expect([first.failedPhase, second.failedPhase]).toEqual(["build", "build"]);
    if (name === "bsd-make") expect(firstLog).toContain("===>  Building for libraster");
    expect(secondLog).not.toContain("===>  Building for libraster");
    const packages = await readdir(repository());
    expect(packages.filter((file) => /^(libraster|pkg)-\d/.test(file))).toHaveLength(2);
  });

  it.runIf(kind === "bwrap")("gives the network to nothing but the fetch", async () => {
    const origin = "devel/pkgconf";
    const path = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
    const look = "! grep -v lo: /proc/net/dev | grep :";
    await environment.files.write(path, Buffer.from(`pre-configure pre-build:\n\t${look}\n`));
    const [result, log] = await build(origin);
    expect([result.passed, log.split(look).length]).toEqual([true, 3]);
    await environment.files.remove(path);
  });

  it("does not take an older package of the port for a build", async () => {
    const origin = "devel/pkgconf";
    const [first] = await build(origin);
    expect(first.passed).toBe(true);
    const path = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
    await environment.files.write(path, Buffer.from("pre-build:\n\tfalse\n"));
    const [second] = await build(origin);
    expect(second).toMatchObject({ passed: false, failedPhase: "build" });
    await environment.files.remove(path);
  });

  it("does not believe a Makefile under which every phase ends well and does nothing", async () => {
    const origin = "devel/pkgconf";
    const path = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
    await environment.files.write(path, Buffer.from(".MAKEFLAGS: -n\n"));
    const [result] = await build(origin);
    expect(result.passed).toBe(false);
    await environment.files.remove(path);
  });

  it("refuses what was edited after it was composed, or never composed", async () => {
    const origin = "devel/gmake";
    const request = { environment, origin, flavor: "", timeoutMs };
    await expect(builder.build(request)).rejects.toMatchObject({ name: "BuilderError", reason: "stale" });
    await environment.compose(origin);
    const path = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
    await environment.files.write(path, Buffer.from("# newer\n"));
    await expect(builder.build(request)).rejects.toThrow("compose it again");
    const [result] = await build(origin);
    expect(result.passed).toBe(true);
  });

  it("refuses a masked port, which has nothing to build", async () => {
    const composed = await environment.compose("sysutils/jailstat");
    expect(composed.skipped.map((skipped) => skipped.file)).toContain("STATUS");
    await expect(
      builder.build({ environment, origin: "sysutils/jailstat", flavor: "", timeoutMs }),
    ).rejects.toBeInstanceOf(BuilderError);
  });

  it("refuses a second build beside the first, and stops on abort", async () => {
    const origin = "textproc/libtally";
    const path = `/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`;
    await environment.files.write(path, Buffer.from("pre-build:\n\t@echo waiting; sleep 600\n"));
    await environment.compose(origin);
    const stop = new AbortController();
    const request = { environment, origin, flavor: "", timeoutMs, signal: stop.signal };
    const running = builder.build({ ...request, onPhase: (phase) => phase === "build" && stop.abort() });
    await expect(builder.build(request)).rejects.toMatchObject({ reason: "busy" });
    expect(await running).toMatchObject({
      passed: false,
      cancelled: true,
      timedOut: false,
      failedPhase: "build",
    });
  });

  it("stops a build that takes too long", async () => {
    const origin = "textproc/libtally";
    const [result, log] = await build(origin, { timeoutMs: 4000 });
    expect(result).toMatchObject({ passed: false, cancelled: false, timedOut: true });
    if (name === "bsd-make") expect(log).toMatch(/WATCHDOG TIMEOUT FOR textproc\/libtally in \S+ after/);
    await environment.files.remove(`/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`);
  });

  it("ends at an earlier phase when asked, leaving the sources", async () => {
    const [result] = await build("misc/figsay", { until: "extract" });
    expect(result).toMatchObject({ passed: true, failedPhase: null });
    const { WRKSRC = "" } = await createQueryPort(place.config(kind).builder)(
      environment,
      "misc/figsay",
      "",
      ["WRKSRC"],
    );
    const { entries } = await environment.files.list(environment.toWorkPaths(WRKSRC));
    expect(entries.length).toBeGreaterThan(0);
    await expect(build("misc/figsay", { until: "no-such-phase" })).rejects.toBeInstanceOf(BuilderError);
  });
});

it.runIf(kinds.includes("bwrap"))("fetches what dependencies need before the network is gone", async () => {
  const own = await createPlace();
  try {
    const packages = join(own.folder, "operator");
    const site = join(packages, "site");
    await mkdir(site, { recursive: true });
    const library = join(own.trees.freebsdPorts, "textproc/libtally");
    await edit(join(library, "Makefile"), (text) =>
      text.replace("CATEGORIES=", "MASTER_SITES=\tfile:///work/operator-packages/site\nCATEGORIES="),
    );
    commitAll(own.trees.freebsdPorts, "Fetch from the operator");
    const distfile = (await readdir(own.trees.distfiles)).find((name) => name.startsWith("libtally-")) ?? "";
    await rename(join(own.trees.distfiles, distfile), join(site, distfile));
    const environment = await (await own.manager("bwrap", { packages })).create({
      name: "fetch",
      target: "@t",
    });
    await environment.applyDiff(await readFile(join(fixtureRoot, "fixes/06-matstat.diff"), "utf8"));
    await environment.compose("math/matstat");
    const builder = createBuilder("bsd-make", own.config("bwrap").builder);
    const result = await builder.build({ environment, origin: "math/matstat", flavor: "", timeoutMs });
    expect(result).toMatchObject({ passed: true, failedPhase: null });
    expect(await readdir(own.trees.distfiles)).toContain(distfile);
  } finally {
    await own.remove();
  }
});

describe.each(kinds)("queryPort in %s", (kind) => {
  it("answers make variables by name", async () => {
    const environment = await environmentOf(kind);
    const queryPort = createQueryPort(place.config(kind).builder);
    const values = await queryPort(environment, "audio/wavpeek", "x11", [
      "FLAVORS",
      "NO_SUCH_VARIABLE",
      "FLAVOR",
    ]);
    expect(values).toEqual({ FLAVORS: "nox x11", NO_SUCH_VARIABLE: "", FLAVOR: "x11" });
    await expect(queryPort(environment, "devel/absent", "", ["PKGNAME"])).rejects.toMatchObject({
      reason: "query",
    });
    await expect(queryPort(environment, "misc/figsay", "", ["A;B"])).rejects.toMatchObject({
      reason: "query",
    });
    expect(await queryPort(environment, "misc/figsay", "", [])).toEqual({});
    const path = "/work/DeltaPorts/ports/misc/figsay/Makefile.DragonFly";
    await environment.files.write(path, Buffer.from('.warning "mind the gap"\n.info "and the step"\n'));
    await environment.compose("misc/figsay");
    expect(await queryPort(environment, "misc/figsay", "", ["PORTNAME", "NOT_SET", "CATEGORIES"])).toEqual({
      ...{ PORTNAME: "figsay", NOT_SET: "", CATEGORIES: "misc" },
    });
  });
});

it("refuses dsynth where it would meet the system's own configuration", async () => {
  const environment = await environmentOf("plain");
  await environment.compose("misc/figsay");
  const builder = createBuilder("dsynth", place.config("plain", { builder: { dsynth } }).builder);
  await expect(builder.build({ environment, origin: "misc/figsay", flavor: "", timeoutMs })).rejects.toThrow(
    /kind bwrap/,
  );
});

it.runIf(kinds.includes("bwrap"))(
  "leaves the folders of a dsynth alone that runs in the environment",
  async () => {
    const environment = await environmentOf("bwrap");
    await environment.compose("misc/figsay");
    const stats = "/work/obj/dsynth/logs/stats";
    const stop = new AbortController();
    const started = Promise.withResolvers<void>();
    const lock = `mkdir -p ${stats} && exec flock ${stats}/monitor.lk sh -c 'echo locked; sleep 600'`;
    const holding = environment.exec({
      argv: ["/bin/sh", "-c", lock],
      ...{ timeoutMs, signal: stop.signal, onOutput: () => started.resolve() },
    });
    await started.promise;
    const builder = createBuilder("dsynth", place.config("bwrap", { builder: { dsynth } }).builder);
    const request = { environment, origin: "misc/figsay", flavor: "", timeoutMs };
    await expect(builder.build(request)).rejects.toMatchObject({ name: "BuilderError", reason: "busy" });
    expect(await environment.files.stat(`${stats}/monitor.lk`)).not.toBeNull();
    stop.abort();
    await holding;
    expect(await builder.build(request)).toMatchObject({ passed: true });
  },
);

it.runIf(kinds.includes("bwrap"))(
  "plans dsynth's commands, and one phase after another for an early end",
  async () => {
    const environment = await environmentOf("bwrap");
    const builder = createBuilder("dsynth", place.config("bwrap", { builder: { dsynth: "dsynth" } }).builder);
    const order = { environment, origin: "audio/wavpeek", flavor: "nox", timeoutMs };
    const words = "dsynth -S -y -p Portwright -s 0";
    expect(await builder.plan(order)).toEqual({
      steps: [
        { argv: [...words.split(" "), "fetch-only", "audio/wavpeek@nox"], network: true },
        { argv: [...words.split(" "), "just-build", "audio/wavpeek@nox"], network: false },
      ],
      log: "/work/obj/dsynth/logs/audio___wavpeek@nox.log",
    });
    const early = await builder.plan({ ...order, until: "fetch" });
    expect(early.steps.map(({ argv, network }) => [argv.at(-1), network])).toEqual([
      ["check-sanity", false],
      ["pkg-depends", false],
      ["fetch-depends", false],
      ["fetch", true],
    ]);
  },
);

it.runIf(kinds.includes("bwrap"))("says what a missing dsynth said", async () => {
  const environment = await environmentOf("bwrap");
  await environment.compose("misc/figsay");
  const builder = createBuilder(
    "dsynth",
    place.config("bwrap", { builder: { dsynth: "no-dsynth-here" } }).builder,
  );
  await expect(builder.build({ environment, origin: "misc/figsay", flavor: "", timeoutMs })).rejects.toThrow(
    /no-dsynth-here/,
  );
});

/** A port whose distfile has the right checksum and is no archive. */
async function addBrokenArchive(): Promise<void> {
  const content = "this is no archive\n";
  const file = "torn-1.0.tar.gz";
  await writeFile(join(place.trees.distfiles, file), content);
  const folder = join(place.trees.freebsdPorts, "archivers/torn");
  await mkdir(folder, { recursive: true });
  const sum = createHash("sha256").update(content).digest("hex");
  await writeFile(
    join(folder, "distinfo"),
    `SHA256 (${file}) = ${sum}\nSIZE (${file}) = ${content.length}\n`,
  );
  await writeFile(join(folder, "pkg-descr"), "An archive that is torn.\n");
  await writeFile(
    join(folder, "Makefile"),
    "PORTNAME=\ttorn\nDISTVERSION=\t1.0\nCATEGORIES=\tarchivers\nMASTER_SITES=\tfile:///nowhere/\n\nMAINTAINER=\tporter@example.org\nCOMMENT=\tTorn archive\n\n.include <bsd.port.mk>\n",
  );
  commitAll(place.trees.freebsdPorts, "Add a torn archive");
}
