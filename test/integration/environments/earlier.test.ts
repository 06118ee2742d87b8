import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { compose } from "../../../server/src/environments/compose/compose.ts";
import { commitAll, createPlace, edit, type Place } from "./support.ts";

let place: Place;
beforeEach(async () => {
  place = await createPlace();
});
afterEach(() => place.remove());

const bases = () => join(place.stateDir, "bases");
const inode = async (base: string, path: string) => (await stat(join(bases(), base, path))).ino;

/** Makes an environment of the trees as they are; returns the name of its composed tree. */
async function baseOf(name: string): Promise<string> {
  const before = new Set(await readdir(bases()).catch(() => []));
  await (await place.manager("plain")).create({ name, target: "@t" });
  const [made = ""] = (await readdir(bases())).filter((base) => !before.has(base));
  return made;
}

/** Expects of a composed tree what composing all of it from the present trees gives. */
async function expectWhole(base: string): Promise<void> {
  const { freebsdPorts: upstream, deltaPorts: overlay } = place.trees;
  const output = await mkdtemp(join(place.folder, "whole-"));
  await compose({ upstream, overlay, output, operatingSystem: "DragonFly" });
  execFileSync("diff", ["-r", "--no-dereference", output, join(bases(), base)]);
}

async function lock(origin: string): Promise<void> {
  await mkdir(join(place.trees.deltaPorts, "ports", origin), { recursive: true });
  await writeFile(join(place.trees.deltaPorts, "ports", origin, "STATUS"), "LOCK\n");
}

async function changeTrees(): Promise<void> {
  const { freebsdPorts, deltaPorts } = place.trees;
  await edit(join(freebsdPorts, "devel/pkgconf/Makefile"), (text) => `${text}# newer\n`);
  await edit(join(freebsdPorts, "Mk/bsd.port.mk"), (text) => `${text}# newer\n`);
  await rm(join(freebsdPorts, "audio/wavpeek"), { recursive: true });
  await rm(join(deltaPorts, "ports/audio/wavpeek"), { recursive: true, force: true });
  await lock("ftp/fetchly");
  await mkdir(join(deltaPorts, "ports/math/matstat"), { recursive: true });
  await writeFile(join(deltaPorts, "ports/math/matstat/Makefile.DragonFly"), "# ours\n");
  await mkdir(join(freebsdPorts, "misc/added"), { recursive: true });
  await writeFile(join(freebsdPorts, "misc/added/Makefile"), "PORTNAME= added\n");
  for (const tree of [freebsdPorts, deltaPorts]) commitAll(tree, "newer");
}

it("a tree shares with an earlier one the ports that did not change, and leaves that as it was", async () => {
  await lock("graphics/thumbgrid");
  commitAll(place.trees.deltaPorts, "lock");
  const goes = ["GONE", "gone/Makefile", "misc/Makefile.gone", "misc/no-port/file"];
  const write = async (path: string) => {
    await mkdir(dirname(join(place.trees.freebsdPorts, path)), { recursive: true });
    await writeFile(join(place.trees.freebsdPorts, path), "of the first tree alone\n");
  };
  for (const path of goes) await write(path);
  commitAll(place.trees.freebsdPorts, "what goes");
  const first = await baseOf("first");
  await expectWhole(first);
  execFileSync("cp", ["-a", join(bases(), first), join(place.folder, "kept")]);
  for (const path of goes) await rm(join(place.trees.freebsdPorts, path));
  await changeTrees();
  const second = await baseOf("second");
  await expectWhole(second);
  execFileSync("diff", ["-r", join(place.folder, "kept"), join(bases(), first)]);
  const shared = async (path: string) => (await inode(first, path)) === (await inode(second, path));
  expect(await shared("www/tinyhttp/Makefile")).toBe(true);
  expect(await shared("devel/pkgconf/Makefile")).toBe(false);
  expect(await shared("math/matstat/Makefile")).toBe(false);
  expect(await shared("Mk/bsd.port.mk")).toBe(false);
});

it("a tree is composed whole where git has lost the commit of the earlier one", async () => {
  const first = await baseOf("first");
  const { freebsdPorts } = place.trees;
  await rm(join(freebsdPorts, ".git"), { recursive: true });
  execFileSync("git", ["init", "--quiet", freebsdPorts]);
  await edit(join(freebsdPorts, "devel/pkgconf/Makefile"), (text) => `${text}# of another history\n`);
  commitAll(freebsdPorts, "another history");
  const second = await baseOf("second");
  await expectWhole(second);
  expect(await inode(first, "www/tinyhttp/Makefile")).not.toBe(await inode(second, "www/tinyhttp/Makefile"));
});
