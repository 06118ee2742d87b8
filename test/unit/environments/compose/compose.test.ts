import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compose } from "../../../../server/src/environments/compose/compose.ts";
import { ComposeError } from "../../../../server/src/environments/compose/errors.ts";
import { deltaPortsComposer } from "../../../../server/src/environments/composer.ts";
import { makeTrees, type Trees } from "./trees.ts";

const port = {
  "upstream/misc/a/Makefile": "PORTNAME= a\nUSES= x\n",
  "upstream/misc/a/pkg-plist": "bin/a\nbin/b\n",
};
const plistDiff = "--- pkg-plist.orig\n+++ pkg-plist\n@@ -1,2 +1,2 @@\n bin/a\n-bin/b\n+bin/c\n";

const composed = (trees: Trees, path: string) => readFileSync(join(trees.output, path), "utf8");
const there = (trees: Trees, path: string) => existsSync(join(trees.output, path));

test("a whole tree: ports, what the overlay has for them, and everything that is no port", async () => {
  await using trees = await makeTrees({
    ...port,
    "upstream/misc/b/Makefile": "PORTNAME= b\n",
    "upstream/misc/Makefile": "SUBDIR += a b\n",
    "upstream/Mk/bsd.port.mk": "# framework\n",
    "upstream/UPDATING": "news\n",
    "upstream/.git/HEAD": "ref: refs/heads/main\n",
    "overlay/ports/misc/a/Makefile.DragonFly": "USES+= y\n",
    "overlay/ports/misc/a/dragonfly/patch-main.c": "a patch\n",
    "overlay/ports/misc/a/diffs/pkg-plist.diff": plistDiff,
    "output/misc/gone/Makefile": "PORTNAME= gone\n",
    "output/.compose-abandoned/port/Makefile": "half\n",
  });
  const { ports } = await trees.compose();
  expect(ports.map(({ origin, outcome }) => [origin, outcome])).toEqual([
    ["misc/a", "composed"],
    ["misc/b", "copied"],
  ]);
  expect(ports[0]).toMatchObject({
    applied: ["Makefile.DragonFly", "dragonfly", "diffs/pkg-plist.diff"],
    removed: [],
    skipped: [],
    rejects: [],
  });
  expect(composed(trees, "misc/a/pkg-plist")).toBe("bin/a\nbin/c\n");
  expect(composed(trees, "misc/a/dragonfly/patch-main.c")).toBe("a patch\n");
  expect(composed(trees, "Mk/bsd.port.mk")).toBe("# framework\n");
  expect(composed(trees, "misc/Makefile")).toBe("SUBDIR += a b\n");
  expect((await readdir(trees.output)).toSorted()).toEqual(["Mk", "UPDATING", "misc"]);
  expect(await readdir(join(trees.output, "misc/a"))).not.toContain("pkg-plist.orig");
  expect(there(trees, "misc/gone")).toBe(false);
});

test("single origins leave the others as they are", async () => {
  await using trees = await makeTrees({
    ...port,
    "upstream/misc/b/Makefile": "",
    "output/misc/b/Makefile": "old\n",
  });
  await trees.write("output/misc/a/stale", "");
  const { ports } = await trees.compose("misc/a", "misc/a");
  expect(ports).toHaveLength(1);
  expect(there(trees, "misc/a/stale")).toBe(false);
  expect(composed(trees, "misc/b/Makefile")).toBe("old\n");
});

test("REMOVE takes files out and says which were not there", async () => {
  await using trees = await makeTrees({
    ...port,
    "upstream/misc/a/files/patch-x": "x\n",
    "overlay/ports/misc/a/diffs/REMOVE":
      "# not for us\nfiles/patch-x\n\nfiles/patch-y\n../b/Makefile\n/etc/passwd\n",
    "upstream/misc/b/Makefile": "PORTNAME= b\n",
  });
  const { ports } = await trees.compose();
  expect(ports[0]?.removed).toEqual(["files/patch-x"]);
  expect(ports[0]?.skipped.map(({ reason }) => reason)).toEqual([
    "the port has no file files/patch-y",
    "../b/Makefile lies outside the port",
    "/etc/passwd lies outside the port",
  ]);
  expect(there(trees, "misc/a/files/patch-x")).toBe(false);
  expect(there(trees, "misc/b/Makefile")).toBe(true);
});

test("a diff that does not fit names itself, the file and the hunk, and leaves no port to build", async () => {
  await using trees = await makeTrees({
    ...port,
    "overlay/ports/misc/a/diffs/a.diff": plistDiff,
    "overlay/ports/misc/a/diffs/pkg-plist.diff":
      "--- pkg-plist.orig\n+++ pkg-plist\n@@ -1,2 +1,2 @@\n lib/x\n-lib/y\n+lib/z\n",
    "output/misc/a/Makefile": "older\n",
  });
  const { ports } = await trees.compose("misc/a");
  expect(ports[0]).toMatchObject({
    outcome: "rejected",
    applied: ["diffs/a.diff"],
    rejects: [{ diff: "diffs/pkg-plist.diff", file: "pkg-plist", hunk: 1 }],
  });
  expect(there(trees, "misc/a")).toBe(false);
  expect(await readdir(trees.output)).toEqual(["misc"]);
});

test.each([
  [
    "already applied",
    plistDiff.replaceAll("bin/c", "bin/q").replaceAll("bin/b", "bin/c").replaceAll("bin/q", "bin/b"),
    "pkg-plist",
  ],
  ["for a file that is not there", plistDiff.replaceAll("pkg-plist", "pkg-message"), ""],
  ["no diff at all", "this is not a diff\n", ""],
])("a diff that is %s is rejected", async (_, diff, file) => {
  await using trees = await makeTrees({ ...port, "overlay/ports/misc/a/diffs/x.diff": diff });
  const { ports } = await trees.compose("misc/a");
  expect(ports[0]?.outcome).toBe("rejected");
  expect(ports[0]?.rejects[0]).toMatchObject({ diff: "diffs/x.diff", hunk: 0, file });
  expect(ports[0]?.rejects[0]?.text).not.toBe("");
});

test("a diff reaches nothing outside the port, neither by name nor through a link, and runs no commands", async () => {
  await using trees = await makeTrees({
    ...port,
    "upstream/misc/b/Makefile": "untouched\n",
    "output/outside/file": "untouched\n",
    "overlay/ports/misc/a/diffs/x.diff":
      "--- ../../outside/file\n+++ ../../outside/file\n@@ -1 +1 @@\n-untouched\n+touched\n",
  });
  expect((await trees.compose("misc/a")).ports[0]?.rejects[0]?.text).toBe("outside the port");

  // patch(1) takes indented headers too, and BSD's does not mind a path upwards.
  for (const indent of ["  ", "X", "\t"]) {
    const text = "--- ../../outside/file\n+++ ../../outside/file\n@@ -1 +1 @@\n-untouched\n+touched\n";
    await trees.write("overlay/ports/misc/a/diffs/x.diff", text.replace(/^(?=.)/gm, indent));
    expect((await trees.compose("misc/a")).ports[0]?.rejects[0]?.text).toBe("outside the port");
  }

  await symlink(join(trees.output, "outside"), join(trees.upstream, "misc/a/files"));
  await trees.write(
    "overlay/ports/misc/a/diffs/x.diff",
    "--- files/file\n+++ files/file\n@@ -1 +1 @@\n-untouched\n+touched\n",
  );
  expect((await trees.compose("misc/a")).ports[0]?.rejects[0]?.text).toBe("outside the port");
  expect(composed(trees, "outside/file")).toBe("untouched\n");

  const marker = join(trees.output, "ran");
  await trees.write(
    "overlay/ports/misc/a/diffs/x.diff",
    `--- Makefile\n+++ Makefile\n1,2c\n!touch ${marker}\n.\nw\nq\n`,
  );
  expect((await trees.compose("misc/a")).ports[0]?.outcome).toBe("rejected");
  expect(existsSync(marker)).toBe(false);
});

test("STATUS decides: a new port, a masked one, a locked one", async () => {
  await using trees = await makeTrees({
    ...port,
    "upstream/misc/masked/Makefile": "",
    "output/misc/masked/Makefile": "older\n",
    "overlay/ports/misc/masked/STATUS": "MASK\n",
    "upstream/misc/locked/Makefile": "newer\n",
    "output/misc/locked/Makefile": "older\n",
    "overlay/ports/misc/locked/STATUS": "LOCK kept at 1.0\n",
    "overlay/ports/misc/unmade/STATUS": "LOCK\n",
    "overlay/ports/misc/new/STATUS": "DPORT\n",
    "overlay/ports/misc/new/newport/Makefile": "ours\n",
    "overlay/ports/misc/new/Makefile.DragonFly": "USES= z\n",
    "overlay/ports/misc/a/newport/Makefile": "ours\n",
    "overlay/ports/misc/a/NOTES": "",
    "overlay/ports/misc/a/overlay.dops": "",
    "overlay/ports/misc/a/diffs/README": "",
  });
  const { ports } = await trees.compose();
  const outcomes = Object.fromEntries(ports.map(({ origin, outcome }) => [origin, outcome]));
  expect(outcomes).toEqual({
    "misc/a": "composed",
    "misc/locked": "locked",
    "misc/masked": "masked",
    "misc/new": "composed",
    "misc/unmade": "locked",
  });
  expect(composed(trees, "misc/locked/Makefile")).toBe("older\n");
  expect(there(trees, "misc/masked")).toBe(false);
  expect(composed(trees, "misc/new/Makefile")).toBe("ours\n");
  expect(ports.find(({ origin }) => origin === "misc/new")?.applied).toEqual([
    "newport",
    "Makefile.DragonFly",
  ]);
  expect(ports[0]?.skipped).toEqual([
    { path: "NOTES", reason: "not a part that an overlay port has" },
    { path: "newport", reason: "the upstream tree has this port" },
    { path: "overlay.dops", reason: expect.stringContaining('"composer" in portwright.json') },
    { path: "diffs/README", reason: "only *.diff files and REMOVE are applied" },
  ]);
  expect(ports.find(({ origin }) => origin === "misc/unmade")?.skipped[0]?.reason).toContain(
    "never composed",
  );
});

test("a reject names file and hunk, and neither where it is none", async () => {
  await using trees = await makeTrees({
    ...port,
    "overlay/ports/misc/a/diffs/pkg-plist.diff": plistDiff.replace("-bin/b", "-bin/z"),
    "upstream/misc/b/Makefile": "",
    "overlay/ports/misc/b/STATUS": "SPORT\n",
  });
  const { upstream, overlay } = trees;
  const sources = { upstream, overlay, operatingSystem: "DragonFly", target: "@t" };
  const rejectsOf = async (origin: string) =>
    (await deltaPortsComposer.composeOrigin(sources, origin, trees.output)).rejects;
  expect(await rejectsOf("misc/a")).toEqual([
    { file: "diffs/pkg-plist.diff", hunks: expect.stringMatching(/^pkg-plist hunk 1: Hunk #1 /) },
  ]);
  expect(await rejectsOf("misc/b")).toEqual([
    { file: "STATUS", hunks: expect.stringMatching(/^"SPORT" is not one of /) },
  ]);
});

test("one overlay port that cannot be composed stops no other", async () => {
  await using trees = await makeTrees({
    ...port,
    "overlay/ports/misc/orphan/Makefile.DragonFly": "",
    "upstream/misc/odd/Makefile": "",
    "overlay/ports/misc/odd/STATUS": "PROT\n",
  });
  const { ports } = await trees.compose();
  expect(ports.map(({ origin, outcome }) => [origin, outcome])).toEqual([
    ["misc/a", "copied"],
    ["misc/odd", "rejected"],
    ["misc/orphan", "rejected"],
  ]);
  expect(ports[1]?.rejects[0]).toEqual({
    diff: "STATUS",
    file: "",
    hunk: 0,
    text: '"PROT" is not one of PORT, DPORT, MASK, LOCK',
  });
  expect(ports[2]?.rejects[0]?.text).toBe(
    "the upstream tree has no such port, and the overlay has no newport folder",
  );
});

test.each(["misc", "misc/../a", "misc/a/b", "../misc/a", "misc/a@nox", "", "misc/a\n"])(
  "%j is no origin",
  async (origin) => {
    await using trees = await makeTrees(port);
    await expect(trees.compose(origin)).rejects.toThrow(ComposeError);
  },
);

test("an origin in neither tree is named", async () => {
  await using trees = await makeTrees(port);
  await expect(trees.compose("misc/a", "misc/nothing")).rejects.toThrow("misc/nothing is in neither tree");
});

test("a tree that is not there, or is its own output, is refused", async () => {
  await using trees = await makeTrees(port);
  const input = { ...trees, operatingSystem: "DragonFly" as const };
  await expect(compose({ ...input, output: trees.upstream })).rejects.toThrow("composed from itself");
  await rm(trees.overlay, { recursive: true });
  await expect(compose(input)).rejects.toThrow("the overlay tree");
});

test("an aborted composition stops with its reason and leaves nothing half-written", async () => {
  await using trees = await makeTrees(port);
  const reason = new Error("enough");
  await expect(
    compose({
      ...trees,
      operatingSystem: "DragonFly",
      origins: ["misc/a"],
      signal: AbortSignal.abort(reason),
    }),
  ).rejects.toBe(reason);
  expect(await readdir(trees.output)).toEqual([]);
});

test("modes and links come along, special files are refused", async () => {
  await using trees = await makeTrees({ ...port, "upstream/misc/a/files/run.sh": "#!/bin/sh\n" });
  await chmod(join(trees.upstream, "misc/a/files/run.sh"), 0o755);
  await symlink("Makefile", join(trees.upstream, "misc/a/link"));
  await mkdir(join(trees.overlay, "ports"));
  await trees.compose("misc/a");
  expect(there(trees, "misc/a/link")).toBe(true);
  const { execFileSync } = await import("node:child_process");
  expect(execFileSync(join(trees.output, "misc/a/files/run.sh")).toString()).toBe("");
  execFileSync("mkfifo", [join(trees.upstream, "misc/a/pipe")]);
  await expect(trees.compose("misc/a")).rejects.toThrow("neither a file, a folder nor a link");
});
