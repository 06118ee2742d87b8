import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder, sync } from "../../../server/src/store/folders.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-folders-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("a folder is made with those above it, again too, and never over something else", async () => {
  const deep = join(dir, "a/b/c");
  makeFolder(deep, 0o700);
  makeFolder(deep, 0o755);
  for (const path of [deep, join(dir, "a")]) expect(statSync(path).mode & 0o777).toBe(0o700);
  await writeFile(join(dir, "file"), "");
  await symlink(join(dir, "gone"), join(dir, "link"));
  expect(() => makeFolder(join(dir, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(dir, "file/x"))).toThrow("ENOTDIR");
  expect(() => makeFolder(join(dir, "link/x"))).toThrow("ENOENT");
  expect(existsSync(join(dir, "gone"))).toBe(false);
});

test.skipIf(!existsSync("/proc/self/task"))(
  "a folder that cannot be synced is none to wait for",
  async () => {
    await sync("/proc/self/task");
  },
);
