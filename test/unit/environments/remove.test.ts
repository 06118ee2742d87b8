import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeTree } from "../../../server/src/environments/remove.ts";

/** Fills the folder that is given, and ends once that is gone. */
const filler = `cd "$1" && echo ready && i=0 && while mkdir "$i" 2>/dev/null; do
  : >"$i/file"; i=$((i + 1)); [ $((i % 50)) -ne 0 ] || sleep 0.05; done`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portwright-remove-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it("removes a tree that another process still fills", async () => {
  const folder = join(dir, "tree");
  for (let at = 0; at < 300; at += 1) await mkdir(join(folder, "inner", `of${at}`), { recursive: true });
  const child = spawn("sh", ["-c", filler, "sh", join(folder, "inner")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const closed = once(child, "close");
  await once(child.stdout, "data");
  // Long before the last try, however slow the machine is.
  setTimeout(() => child.kill(), 500);
  await removeTree(folder);
  await closed;
  expect(existsSync(folder)).toBe(false);
});

it("removes a tree that others remove at the same time", async () => {
  const folder = join(dir, "tree");
  for (let at = 0; at < 200; at += 1) await mkdir(join(folder, `of${at}`, "inner"), { recursive: true });
  await Promise.all([1, 2, 3, 4].map(() => removeTree(folder)));
  expect(existsSync(folder)).toBe(false);
});
