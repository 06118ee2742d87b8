import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ServerConfig } from "../../../server/src/config/config.ts";
import { checkHealth } from "../../../server/src/environments/doctor.ts";
import { plainKind } from "../../../server/src/environments/kinds/plain.ts";
import { inspectSource } from "../../../server/src/environments/sources.ts";
import { createPlace, type Place } from "./support.ts";

let place: Place;

beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

async function troubles(trees: object): Promise<Record<string, string>> {
  await mkdir(place.stateDir, { recursive: true });
  const { freebsdPorts, deltaPorts, distfiles } = place.trees;
  const config = ServerConfig.parse({ trees: { freebsdPorts, deltaPorts, distfiles, ...trees } });
  const checks = await checkHealth({ config, programs: [], root: place.stateDir, kind: plainKind("") });
  const failing = checks.filter(({ name, ok }) => !ok && !["isolation", "disk space"].includes(name));
  return Object.fromEntries(failing.map(({ name, message }) => [name, message]));
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
