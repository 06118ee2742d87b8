import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createBuilder } from "../../../server/src/builders/registry.ts";
import type { Builder } from "../../../server/src/builders/types.ts";
import type { Environment } from "../../../server/src/environments/types.ts";
import { createPoudrierePlace, type PoudrierePlace } from "../../fixtures/poudriere/place.ts";
import { createPlace, kinds, type Place } from "../environments/support.ts";

const timeoutMs = 120_000;
const command = (...words: string[]) => [...["-N", "-e", "/work/obj/poudriere/etc"], ...words];

let place: Place;
let poudriere: PoudrierePlace;
let builder: Builder;
let made = 0;
beforeAll(async () => {
  place = await createPlace();
  poudriere = await createPoudrierePlace(place.folder);
  builder = builderWith({});
});
afterAll(() => place.remove());

function builderWith(changes: object): Builder {
  const options = { poudriere: { ...poudriere.options, ...changes } };
  return createBuilder("poudriere", place.config("plain", { builder: { options } }).builder);
}

async function orderOf(origin: string, kind: (typeof kinds)[number] = "plain") {
  const environment = await (await place.manager(kind)).create({ name: `p-${made++}`, target: "@t" });
  await environment.compose(origin);
  return { environment, origin, flavor: "", timeoutMs };
}

async function spoil(environment: Environment, origin: string, text: string): Promise<void> {
  await environment.files.write(`/work/DeltaPorts/ports/${origin}/Makefile.DragonFly`, Buffer.from(text));
  await environment.compose(origin);
}

it("plans a tree of its own and one test of the port", async () => {
  const order = { ...(await orderOf("audio/wavpeek")), flavor: "nox" };
  const { program } = poudriere.options;
  const at = ["-j", "sample", "-p", "portwright"];
  const ports = ["-p", "portwright", "-m", "null", "-M", "/work/obj/poudriere/ports"];
  expect(await builder.plan(order)).toEqual({
    steps: [
      { argv: [program, ...command("ports", "-c", ...ports)], network: false },
      {
        argv: [program, ...command("testport", ...at, "-B", "portwright", "-o", "audio/wavpeek@nox")],
        network: true,
      },
    ],
    log: "/work/logs/audio___wavpeek@nox.log",
  });
  const [, withSet] = (await builderWith({ set: "strict" }).plan(order)).steps;
  expect(withSet?.argv).toEqual(expect.arrayContaining(["-z", "strict"]));
});

it("uses the operator's jails and settings, and none of his hooks and trees", async () => {
  const order = await orderOf("textproc/libtally");
  const theirs = join(poudriere.options.configuration, "poudriere.d");
  const before = await readdir(theirs, { recursive: true });
  expect(await builder.build(order)).toMatchObject({ passed: true });
  const ours = join(order.environment.root, "obj/poudriere/etc/poudriere.d");
  expect((await readdir(ours)).sort()).toEqual(["jails", "make.conf", "ports"]);
  expect(await readdir(join(ours, "ports"))).toEqual(["portwright"]);
  expect(await readdir(theirs, { recursive: true })).toEqual(before);
  expect(await builder.versions(order.environment)).toEqual({ poudriere: "3.4.8-double" });
});

it("takes a port whose dependency fails for one that cannot be judged further, and names it", async () => {
  const order = await orderOf("graphics/thumbgrid");
  await spoil(order.environment, "graphics/libraster", "pre-build:\n\tfalse\n");
  await rm(poudriere.packages, { recursive: true, force: true });
  const result = await builder.build(order);
  expect(result).toMatchObject({ passed: false, failedPhase: "build-depends" });
  const log = await readFile(result.logPath, "utf8");
  expect(log).toMatch(
    /-- Phase: build-depends\n-+\n\n===> {2}graphics\/thumbgrid needs what fails: graphics\/libraster \(build\)/,
  );
});

it("takes a Makefile that make cannot read for the port's failure", async () => {
  const order = await orderOf("misc/figsay");
  await spoil(order.environment, "misc/figsay", ".if\n");
  expect(await builder.build(order)).toMatchObject({ passed: false, failedPhase: "check-sanity" });
});

it("lets builds of several environments take turns, and one that waits be stopped", async () => {
  const [first, second, third] = await Promise.all([
    orderOf("textproc/libtally"),
    orderOf("misc/figsay"),
    orderOf("misc/figsay"),
  ]);
  const begun = Promise.withResolvers<void>();
  await spoil(first.environment, first.origin, "pre-build:\n\t@echo waiting; sleep 600\n");
  const stop = new AbortController();
  const held = builder.build({
    ...first,
    signal: stop.signal,
    onPhase: (phase) => phase === "build" && begun.resolve(),
  });
  await begun.promise;
  const waiting = builder.build(second);
  const leaving = new AbortController();
  const left = builder.build({ ...third, signal: leaving.signal });
  leaving.abort();
  expect(await left).toMatchObject({ passed: false, cancelled: true, failedPhase: null });
  expect(await readdir(join(second.environment.root, "obj"))).toEqual([]);
  stop.abort();
  expect(await held).toMatchObject({ cancelled: true, failedPhase: "build" });
  expect(await waiting).toMatchObject({ passed: true });
});

it("does not disturb a jail that runs, and says how to stop one that was left", async () => {
  const order = await orderOf("misc/figsay");
  const left = join(poudriere.options.data, ".m/sample-portwright");
  await mkdir(left, { recursive: true });
  await expect(builder.build(order)).rejects.toMatchObject({
    name: "BuilderError",
    reason: "busy",
    message: expect.stringMatching(/`poudriere jail -k -j sample -p portwright`.*already running/s),
  });
  expect(await readdir(left)).toEqual([]);
  await rm(left, { recursive: true });
  expect(await builder.build(order)).toMatchObject({ passed: true });
});

it("says what keeps it from working", async () => {
  const order = await orderOf("misc/figsay");
  const noJail = builderWith({ jail: "other" }).build(order);
  await expect(noJail).rejects.toThrow(/No such jail: other/);
  const nowhere = builderWith({ configuration: "/nonexistent" }).build(order);
  await expect(nowhere).rejects.toThrow(/\/nonexistent\/poudriere\.d cannot be read; see "builder\.options/);
  expect(() => builderWith({ jail: "a b" })).toThrow(/builder poudriere cannot be made: jail: letters/);
  expect(() => builderWith({ data: "somewhere" })).toThrow(/data: an absolute path/);
});

it.runIf(kinds.includes("bwrap"))("refuses an environment with walls", async () => {
  await expect(builder.build(await orderOf("misc/figsay", "bwrap"))).rejects.toThrow(/kind plain/);
});

it("does not take the last build's lists for its own", async () => {
  const order = await orderOf("misc/figsay");
  expect(await builder.build(order)).toMatchObject({ passed: true });
  const lists = join(poudriere.options.data, "logs/bulk/sample-portwright/portwright");
  await writeFile(join(lists, ".poudriere.ports.failed"), "misc/figsay figsay-1 build x 1\n");
  expect(await builder.build(order)).toMatchObject({ passed: true });
});
