import { spawnSync } from "node:child_process";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ServerConfig } from "../../../server/src/config/config.ts";
import { checkHealth } from "../../../server/src/environments/doctor.ts";
import { plainKind } from "../../../server/src/environments/kinds/plain.ts";
import { checkMachine } from "../../../server/src/environments/machine.ts";
import { inspectSource } from "../../../server/src/environments/sources.ts";
import { checkText } from "../../../server/src/protocol/attention.ts";
import { createPlace, kinds, type Place } from "./support.ts";

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

async function troubles(trees: object): Promise<Record<string, string>> {
  await mkdir(place.stateDir, { recursive: true });
  const { freebsdPorts, deltaPorts, distfiles } = place.trees;
  const config = ServerConfig.parse({ trees: { freebsdPorts, deltaPorts, distfiles, ...trees } });
  const gate = { look: async () => [] };
  const checks = await checkHealth({ config, root: place.stateDir, kind: plainKind(""), gate });
  const failing = checks.filter(({ name, ok }) => !ok && name !== "isolation");
  return Object.fromEntries(failing.map((check) => [check.name, checkText(check)]));
}

test("trees that are what they are named have no trouble", async () => {
  expect(await troubles({})).toEqual({});
});

test("trees named the wrong way round are told, and a packages folder that is none", async () => {
  const { freebsdPorts, deltaPorts, distfiles } = place.trees;
  const swapped = { freebsdPorts: deltaPorts, deltaPorts: freebsdPorts, packages: distfiles };
  expect(await troubles(swapped)).toEqual({
    "freebsd-ports": expect.stringContaining("no Mk/bsd.port.mk"),
    DeltaPorts: expect.stringContaining("it has no ports"),
    packages: expect.stringContaining(join(distfiles, "All")),
  });
});

test("a git that is not there is told as such, and not as a tree that is no checkout", async () => {
  const bin = join(place.folder, "bin");
  await mkdir(bin);
  await symlink("/bin/sh", join(bin, "sh"));
  const { PATH } = process.env;
  process.env.PATH = bin;
  try {
    await expect(inspectSource("DeltaPorts", place.trees.deltaPorts)).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringContaining("git is not installed"),
    });
  } finally {
    process.env.PATH = PATH;
  }
});

test("a machine without trees is told which kind and which tools do not work, and what a killed look left goes", async () => {
  const folder = join(place.folder, "tmp");
  const endedPid = spawnSync("true").pid;
  await mkdir(join(folder, `portwright-doctor-${endedPid}-abcdef`, "left"), { recursive: true });
  await mkdir(join(folder, "portwright-doctor-mine"));
  const command = { exec: ["/bin/false", "{mounts}"], readOnly: ["-r"], writable: ["-w"] };
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  try {
    const config = ServerConfig.parse({
      ...{ environment: { kind: "command", command }, builder: { make: "no-such-make" } },
    });
    const checks = await checkMachine({ config, programs: [], newId: () => "id" });
    const failing = checks.filter(({ ok }) => !ok);
    expect(Object.fromEntries(failing.map((each) => [each.name, checkText(each)]))).toEqual({
      trees: expect.stringContaining("`portwright init`"),
      command: expect.stringMatching(
        /^command does not work here: it said nothing and ended with 1: mend the tool /,
      ),
      make: expect.stringMatching(/^no-such-make is not there.*: install it, or name the file/),
    });
    for (const kind of kinds.filter((name) => name === "bwrap" || name === "chroot"))
      expect(checks.find(({ name }) => name === kind)?.message).toMatch(/^isolates here; "kind": /);
    expect(await readdir(folder)).toEqual(["portwright-doctor-mine"]);
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});

const gibibyte = 1024 ** 3;

test("with little room on the disk no environment is made, and all that shows one says what to do", async () => {
  let free = 5 * gibibyte;
  let now = 0;
  const manager = await place.manager("plain", { freeBytes: async () => free, now: () => now });
  await manager.create({ name: "mine", target: "@t" });
  expect(await manager.status("mine")).toMatchObject({
    checks: expect.arrayContaining([
      expect.objectContaining({ kind: "disk", ok: true, message: expect.stringContaining("5.0 GiB free") }),
    ]),
  });
  expect((await manager.status("mine")).problem).toBeUndefined();
  free = gibibyte / 2;
  const refusal = /0\.5 GiB free in .*, and builds are begun with at least 1: make room there/;
  const names = () => readdir(join(place.stateDir, "environments"));
  const before = await names();
  for (const refused of [
    () => manager.create({ name: "other", target: "@t" }),
    () => manager.update("mine", { force: true }),
    () => manager.ready(),
  ])
    await expect(refused()).rejects.toMatchObject({
      ...{ name: "Unhealthy", reason: "unavailable", message: expect.stringMatching(refusal) },
      checks: [{ kind: "disk", name: "disk space", ok: false, action: expect.stringMatching(/make room/) }],
    });
  expect(await names()).toEqual(before);
  expect(manager.unready()).toMatch(refusal);
  expect((await manager.list())[0]?.problem).toMatch(refusal);
  expect(await manager.status("mine")).toMatchObject({
    problem: expect.stringMatching(refusal),
    checks: expect.arrayContaining([expect.objectContaining({ kind: "disk", ok: false })]),
  });
  free = 5 * gibibyte;
  expect(manager.unready()).toMatch(refusal);
  now = 60_000;
  await expect.poll(() => manager.unready(), { timeout: 20_000 }).toBeNull();
  expect((await manager.list())[0]?.problem).toBeUndefined();
  await manager.destroy("mine");
});

test("a tool that is missing is named with what to do, before anything is made", async () => {
  const manager = await place.manager("plain", { builder: { make: "no-such-make" } });
  await expect(manager.create({ name: "mine", target: "@t" })).rejects.toMatchObject({
    message: expect.stringMatching(
      /no-such-make is not there.*install it, or name the file in "builder.make"/,
    ),
    checks: [{ kind: "tools", name: "make", ok: false }],
  });
  expect(await manager.list()).toEqual([]);
  expect((await manager.doctor()).find(({ name }) => name === "make")).toMatchObject({ ok: false });
});
