import { chmod, rename, symlink, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { originInputHash } from "../../../../server/src/environments/compose/hash.ts";
import { makeTrees } from "./trees.ts";

const files = {
  "upstream/misc/a/Makefile": "PORTNAME= a\n",
  "upstream/misc/a/files/patch-x": "x\n",
  "overlay/ports/misc/a/Makefile.DragonFly": "USES+= y\n",
};

test("is the hash that compose reports, and knows nothing of dates, modes and places", async () => {
  await using trees = await makeTrees(files);
  await using elsewhere = await makeTrees(Object.fromEntries(Object.entries(files).toReversed()));
  const hash = await originInputHash(trees, "misc/a");
  await utimes(join(elsewhere.upstream, "misc/a/Makefile"), 1, 1);
  await chmod(join(elsewhere.upstream, "misc/a/Makefile"), 0o600);
  expect(await originInputHash(elsewhere, "misc/a")).toBe(hash);
  expect((await trees.compose("misc/a")).ports[0]?.inputHash).toBe(hash);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

test("changes with every change of a name, a content, a kind or a side", async () => {
  await using trees = await makeTrees(files);
  const seen = new Set<string>();
  const note = async () => seen.add(await originInputHash(trees, "misc/a"));
  await note();
  await trees.write("overlay/ports/misc/a/Makefile.DragonFly", "USES+= z\n");
  await note();
  await rename(join(trees.upstream, "misc/a/files/patch-x"), join(trees.upstream, "misc/a/files/patch-y"));
  await note();
  await trees.write("overlay/ports/misc/a/files/patch-y", "x\n");
  await note();
  await unlink(join(trees.upstream, "misc/a/files/patch-y"));
  await note();
  await symlink("x\n", join(trees.upstream, "misc/a/files/patch-y"));
  await note();
  await trees.write("overlay/ports/misc/a/empty", "");
  await note();
  expect(seen.size).toBe(7);
});

test("two ports have the same hash only with the same files", async () => {
  const text = fc.array(fc.tuple(fc.constantFrom("a", "b", "ab"), fc.string({ maxLength: 3 })), {
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(text, text, async (one, other) => {
      const port = (entries: [string, string][]) =>
        Object.fromEntries(entries.map(([name, content]) => [`upstream/misc/a/${name}`, content]));
      await using first = await makeTrees(port(one));
      await using second = await makeTrees(port(other));
      const sorted = (entries: [string, string][]) =>
        JSON.stringify(Object.entries(port(entries)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const equal = (await originInputHash(first, "misc/a")) === (await originInputHash(second, "misc/a"));
      expect(equal).toBe(sorted(one) === sorted(other));
    }),
    { numRuns: 60 },
  );
});
