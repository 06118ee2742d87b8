import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Environment } from "../../../server/src/environments/types.ts";
import { commitAll, createPlace, edit, isolating, type Place } from "./support.ts";

const kind = isolating[0] ?? "plain";
let place: Place;
beforeEach(async () => {
  place = await createPlace();
});
afterEach(() => place.remove());

const mirror = () => join(place.stateDir, "mirrors", "DeltaPorts.git");
const edited = async (text: string): Promise<void> => {
  await edit(join(place.trees.deltaPorts, "README.md"), (before) => `${before}${text}\n`);
  commitAll(place.trees.deltaPorts, text);
};
const identity = ["-c", "user.name=Porter", "-c", "user.email=porter@example.org"];
const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-C", cwd, ...args], { encoding: "utf8" }).trim();

async function sh(environment: Environment, script: string): Promise<string> {
  const { output, exitCode } = await environment.exec({
    ...{ argv: ["/bin/sh", "-c", `${script} 2>&1`], timeoutMs: 30_000 },
  });
  return `${exitCode} ${output.toString()}`.trim();
}

beforeEach(async () => {
  await writeFile(join(place.trees.deltaPorts, "README.md"), "an overlay\n");
  commitAll(place.trees.deltaPorts, "first words");
});

describe("mirrors", () => {
  it("are shared, and what runs inside reads and pulls from them without a network", async () => {
    const manager = await place.manager(kind);
    const [one, two] = [
      await manager.create({ name: "one", target: "@t" }),
      await manager.create({ name: "two", target: "@t" }),
    ];
    for (const environment of [one, two]) {
      const borrowed = join(environment.root, "overlay.git/objects/info/alternates");
      expect(await readFile(borrowed, "utf8")).toBe(`${mirror()}/objects\n`);
      expect(await sh(environment, "git -C /work/DeltaPorts log -1 --format=%s")).toBe("0 first words");
      expect(await sh(environment, "git -C /work/DeltaPorts status --porcelain")).toBe("0");
    }
    expect(await sh(one, `git clone -q ${mirror()} /work/tmp/own && git -C /work/tmp/own pull`)).toMatch(
      /^0 .*up to date/i,
    );
    await edited("second words");
    await manager.update("two", { force: false });
    const pulled = await sh(one, "cd /work/tmp/own && git pull -q && git log -1 --format=%s");
    expect(pulled).toBe("0 second words");
    expect(await sh(one, `git -C ${mirror()} update-ref -d HEAD || echo refused`)).toMatch(/refused$/);
  });

  it("tell the branch, and refuse what does not lead on from it until it is forced", async () => {
    const manager = await place.manager(kind);
    await manager.create({ name: "one", target: "@t" });
    const branch = git(place.trees.deltaPorts, "rev-parse", "--abbrev-ref", "HEAD");
    expect((await manager.status("one")).trees.DeltaPorts).toMatchObject({ branch });
    git(place.trees.deltaPorts, ...identity, "commit", "-q", "--amend", "-m", "other words");
    const refused = manager.update("one", { force: false });
    await expect(refused).rejects.toMatchObject({ reason: "diverged" });
    await expect(refused).rejects.toThrow(/DeltaPorts diverged: .*Force the update/);
    const [, delta] = await manager.update("one", { force: true });
    expect(delta?.after).toBe(git(place.trees.deltaPorts, "rev-parse", "HEAD"));
    await edited("further words");
    const [, further] = await manager.update("one", { force: false });
    expect(further?.before).toBe(delta?.after);
  });

  it("take turns, whoever of the server asks for them first", async () => {
    const managers = await Promise.all([1, 2, 3, 4].map(() => place.manager(kind)));
    await edited("second words");
    const made = managers.map((manager, index) => manager.create({ name: `of-${index}`, target: "@t" }));
    for (const environment of await Promise.all(made))
      expect(await sh(environment, "git -C /work/DeltaPorts log -1 --format=%s")).toBe("0 second words");
  });

  it("go on after a server that was killed in a fetch", async () => {
    await (await place.manager(kind)).create({ name: "one", target: "@t" });
    const left = ["refs/heads/main.lock", "refs/heads/master.lock", "packed-refs.lock", "HEAD.new"];
    for (const name of [...left, "objects/pack/tmp_pack_1"]) await writeFile(join(mirror(), name), "half");
    await mkdir(join(place.stateDir, "mirrors", ".making-99999999-1/objects"), { recursive: true });
    await edited("second words");
    const manager = await place.manager(kind);
    const [, delta] = await manager.update("one", { force: false });
    expect(delta?.after).toBe(git(mirror(), "rev-parse", "HEAD"));
    expect(await readdir(join(mirror(), "objects/pack"))).not.toContain("tmp_pack_1");
    expect((await readdir(join(place.stateDir, "mirrors"))).toSorted()).toEqual([
      "DeltaPorts.git",
      "freebsd-ports.git",
    ]);
  });

  it("are of shallow checkouts too", async () => {
    const { deltaPorts } = place.trees;
    const shallow = `${deltaPorts}-shallow`;
    await edited("second words");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${deltaPorts}`, shallow]);
    place.trees.deltaPorts = shallow;
    const manager = await place.manager(kind);
    const one = await manager.create({ name: "one", target: "@t" });
    expect(await sh(one, "git -C /work/DeltaPorts log --format=%s")).toBe("0 second words");

    const subjects = () => git(shallow, "log", "--format=%s");
    git(shallow, "fetch", "-q", "--deepen", "1");
    const two = await manager.create({ name: "two", target: "@t" });
    expect(subjects()).toBe("second words\nfirst words");
    expect(await sh(two, "git -C /work/DeltaPorts log --format=%s")).toBe(`0 ${subjects()}`);
    git(shallow, "fetch", "-q", "--unshallow");
    const three = await manager.create({ name: "three", target: "@t" });
    expect(await sh(three, "git -C /work/DeltaPorts log --format=%s")).toBe(`0 ${subjects()}`);
    expect(await sh(one, "git -C /work/DeltaPorts status --porcelain")).toBe("0");
    // From here on it can be told what leads where.
    git(shallow, ...identity, "commit", "-q", "--amend", "-m", "other words");
    await expect(manager.update("three", { force: false })).rejects.toMatchObject({ reason: "diverged" });
  });

  it("are made anew where somebody removed one, and the edits that rested on it are there again", async () => {
    const manager = await place.manager(kind);
    const one = await manager.create({ name: "one", target: "@t" });
    await one.files.write("/work/DeltaPorts/README.md", Buffer.from("edited\n"));
    await rm(mirror(), { recursive: true });
    expect((await manager.status("one")).problem).toMatch(/DeltaPorts cannot be read.*env update one`/);
    await manager.update("one", { force: false });
    expect((await manager.status("one")).problem).toBeUndefined();
    expect(await (await manager.open("one")).diff()).toContain("+edited");
    await rm(join(place.stateDir, "mirrors"), { recursive: true });
    const two = await manager.create({ name: "two", target: "@t" });
    expect(await sh(two, "git -C /work/DeltaPorts log -1 --format=%s")).toBe("0 first words");
    await edited("second words");
    await expect(manager.update("one", { force: false })).rejects.toMatchObject({ reason: "edited" });
    const [, delta] = await manager.update("one", { force: true });
    expect(delta?.after).toBe(git(place.trees.deltaPorts, "rev-parse", "HEAD"));
  });
});
