import { mkdir, mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBaseCache } from "../../../server/src/environments/base.ts";

test("environments made at once may prune at once: the newest unused trees and those in use stay", async () => {
  const folder = await mkdtemp(join(tmpdir(), "portwright-bases-"));
  try {
    for (let age = 0; age < 12; age += 1) {
      await mkdir(join(folder, `tree-${age}`));
      await utimes(join(folder, `tree-${age}`), 1000 - age, 1000 - age);
    }
    let ids = 0;
    const cache = createBaseCache(folder, () => `${++ids}`);
    await Promise.all(Array.from({ length: 4 }, () => cache.prune(new Set(["tree-11"]))));
    expect((await readdir(folder)).sort()).toEqual(["tree-0", "tree-1", "tree-11"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
