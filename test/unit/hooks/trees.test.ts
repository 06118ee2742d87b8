import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createHookPlace, type HookPlace, readRecords } from "../../fixtures/dsynth/hooks.ts";

let place: HookPlace;
let overlay: string;
beforeEach(async () => {
  place = await createHookPlace();
  overlay = join(place.root, "overlay");
  await mkdir(join(overlay, "ports"), { recursive: true });
  await place.configure(`overlay=${overlay}`);
});
afterEach(() => place.remove());

const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
const git = (folder: string, ...args: string[]) =>
  execFileSync("git", ["-C", folder, ...identity, ...args], { encoding: "utf8" }).trim();

function makeTree(folder: string, branch: string): string {
  git(folder, "init", "-q", "-b", branch);
  git(folder, "commit", "-q", "--allow-empty", "-m", "first");
  return git(folder, "rev-parse", "HEAD");
}

async function toldTrees() {
  await place.run("run_start", { PORTS_QUEUED: "3" });
  const records = await readRecords(place.journal);
  const starts = records.findLastIndex(({ ev }) => ev === "run_start");
  const told = records.slice(starts).find(({ ev }) => ev === "trees");
  if (told === undefined) return null;
  const { ports_commit, ports_branch, overlay_commit, overlay_branch } = told;
  expect(told.run).toBe(records[starts]?.run);
  return { ports: [ports_commit, ports_branch], overlay: [overlay_commit, overlay_branch] };
}

it("the start of a run tells what is checked out of each tree, loose or packed, on a branch or on none", async () => {
  expect(await toldTrees()).toBeNull();
  const ports = makeTree(place.ports, "staged/2026Q3");
  expect(await toldTrees()).toEqual({ ports: [ports, "staged/2026Q3"], overlay: ["", ""] });
  const commit = makeTree(overlay, "master");
  git(overlay, "pack-refs", "--all");
  git(place.ports, "checkout", "-q", "--detach");
  expect(await toldTrees()).toEqual({ ports: [ports, ""], overlay: [commit, "master"] });
});

it("what git would not write there is told to nobody, and no file outside is read", async () => {
  makeTree(place.ports, "main");
  const head = join(place.ports, ".git/HEAD");
  await writeFile(join(place.root, "secret"), `${"a".repeat(40)}\n`);
  for (const text of ["ref: refs/heads/../../../../secret", "ref: refs/heads/gone", "no commit", "abc", ""]) {
    await writeFile(head, `${text}\n`);
    expect(await toldTrees(), text).toBeNull();
  }
  await writeFile(join(place.ports, ".git/refs/heads/odd"), "; touch it\n");
  await writeFile(head, "ref: refs/heads/odd\n");
  expect(await toldTrees()).toBeNull();
  await symlink(join(place.root, "secret"), join(place.ports, ".git/refs/heads/link"));
  await writeFile(head, "ref: refs/heads/link\n");
  expect(await toldTrees()).toBeNull();
  await writeFile(head, "ref: refs/heads/gone\n");
  await rm(join(place.ports, ".git/packed-refs"), { force: true });
  execFileSync("mkfifo", [join(place.ports, ".git/packed-refs")]);
  expect(await toldTrees()).toBeNull();
  await rm(join(place.ports, ".git"), { recursive: true });
  expect(await toldTrees()).toBeNull();
  expect(await readFile(place.journal, "utf8")).not.toContain("aaaa");
});
