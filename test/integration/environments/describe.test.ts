import { execFileSync } from "node:child_process";
import { readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { EnvironmentManager } from "../../../server/src/environments/types.ts";
import { createPlace, type Place } from "./support.ts";

let place: Place;
let manager: EnvironmentManager;
beforeEach(async () => {
  place = await createPlace();
  manager = await place.manager("plain");
  await manager.create({ name: "mine", target: "@t" });
});
afterEach(() => place.remove());

const own = async () => (await manager.status("mine")).checks?.find(({ name }) => name === "environment");

it("tells a composed tree that is gone from one that cannot be read", async () => {
  expect(await own()).toMatchObject({ ok: true });
  const bases = join(place.stateDir, "bases");
  const [base = ""] = await readdir(bases);
  await rm(join(bases, base), { recursive: true });
  expect(await own()).toMatchObject({ ok: false, message: "its composed tree is gone" });
  await symlink(base, join(bases, base));
  expect(await own()).toMatchObject({
    message: expect.stringMatching(/^its composed tree cannot be read: ELOOP/),
    action: expect.stringContaining("portwright env update mine"),
  });
});

it("says why its overlay cannot be read, in lists too", async () => {
  await rm(join(place.stateDir, "environments/mine/overlay.git/HEAD"));
  const problem = /its DeltaPorts cannot be read: git status failed: .*not a git repository/;
  expect(await own()).toMatchObject({ message: expect.stringMatching(problem) });
  expect(await manager.list()).toMatchObject([{ name: "mine", problem: expect.stringMatching(problem) }]);
});

it("says why a checkout cannot be read, and does not take it for one that moved on", async () => {
  const { freebsdPorts } = place.trees;
  await rename(join(freebsdPorts, ".git"), join(freebsdPorts, "git"));
  expect(await own()).toMatchObject({
    message: expect.stringMatching(
      /^freebsd-ports cannot be read: git rev-parse failed: .*not a git repository/,
    ),
    action: 'correct "trees" in portwright.json',
  });
  expect((await manager.status("mine")).trees["freebsd-ports"]).toMatchObject({
    dirty: false,
    behindUnknown: expect.stringContaining("not a git repository"),
  });
});

it("says how far the checkouts went on, or why that is not known", async () => {
  const { deltaPorts } = place.trees;
  const identity = ["-c", "user.name=Porter", "-c", "user.email=porter@example.org"];
  const git = (...args: string[]) => execFileSync("git", ["-C", deltaPorts, ...identity, ...args]);
  git("commit", "-q", "--allow-empty", "-m", "more");
  expect((await manager.status("mine")).trees.DeltaPorts).toMatchObject({ behind: 1 });
  git("checkout", "-q", "--orphan", "anew");
  git("commit", "-q", "-m", "a history made anew");
  git("branch", "-q", "-D", "2026Q3");
  git("reflog", "expire", "--expire=now", "--all");
  git("gc", "--quiet", "--prune=now");
  const { DeltaPorts } = (await manager.status("mine")).trees;
  expect(DeltaPorts).toMatchObject({ behindUnknown: expect.stringContaining("git rev-list failed") });
  expect(DeltaPorts?.behind).toBeUndefined();
});
