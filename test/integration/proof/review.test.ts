import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reviewDiff } from "../../../server/src/proof/review.ts";
import { openBlobs } from "../../../server/src/store/blobs.ts";
import type { BlobStore } from "../../../server/src/store/types.ts";

let folder: string;
let repository: string;
let blobs: BlobStore;
let first: string;
const makefile = "ports/devel/foo/Makefile.DragonFly";
const lines = Array.from({ length: 30 }, (_, index) => `V${index}=\t${index}\n`);

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: repository,
    encoding: "utf8",
  }).trim();

async function commit(files: Record<string, string>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  git("add", "-A");
  git("commit", "-qm", "state");
  return git("rev-parse", "HEAD");
}

/** What git says of edits to the working tree, which is then as before. */
async function diffOf(edit: () => Promise<void>): Promise<string> {
  await edit();
  git("add", "-A");
  const diff = execFileSync("git", ["diff", "--cached"], { cwd: repository, encoding: "utf8" });
  git("reset", "-q", "--hard");
  return diff;
}

const textOf = async (sha256: string | null | undefined): Promise<string | null> =>
  sha256 ? (await blobs.read(sha256)).data.toString() : null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portwright-review-"));
  repository = join(folder, "DeltaPorts");
  await mkdir(repository);
  git("init", "-q");
  blobs = openBlobs(join(folder, "blobs"));
  first = await commit({ [makefile]: lines.join(""), "ports/devel/foo/dragonfly/patch-old": "old\n" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("reviewDiff", () => {
  it("has both sides of changed, new and deleted files, and numbers the hunks of each", async () => {
    const changed = lines.with(2, "V2=\ttwo\n").with(25, "V25=\ttwenty-five\n").join("");
    const diff = await diffOf(async () => {
      await writeFile(join(repository, makefile), changed);
      await writeFile(join(repository, "ports/devel/foo/dragonfly/patch-new"), "new\n");
      await rm(join(repository, "ports/devel/foo/dragonfly/patch-old"));
    });
    const { files, problem } = await reviewDiff({ blobs, diff, repository, commits: [first] });
    expect(problem).toBeNull();
    expect(files.map(({ path, status }) => [path.split("/").at(-1), status])).toEqual([
      ["Makefile.DragonFly", "modified"],
      ["patch-new", "added"],
      ["patch-old", "deleted"],
    ]);
    const [modified, added, deleted] = files;
    expect(await textOf(modified?.original)).toBe(lines.join(""));
    expect(await textOf(modified?.patched)).toBe(changed);
    expect(modified?.hunks).toMatchObject([
      { number: 1, newStart: 1, newLines: 6, text: "-V2=\t2" },
      { number: 2, newStart: 23, newLines: 7, text: "-V25=\t25" },
    ]);
    expect([added?.original, await textOf(added?.patched)]).toEqual([null, "new\n"]);
    expect([await textOf(deleted?.original), deleted?.patched]).toEqual(["old\n", null]);
  });

  it("finds the commit that the diff is of, also when the tree moved on", async () => {
    const diff = await diffOf(() =>
      writeFile(join(repository, makefile), lines.with(2, "V2=\ttwo\n").join("")),
    );
    const second = await commit({ [makefile]: "other\n" });
    const { files } = await reviewDiff({ blobs, diff, repository, commits: [second, first] });
    expect(await textOf(files[0]?.original)).toBe(lines.join(""));
    const without = await reviewDiff({ blobs, diff, repository, commits: [second] });
    expect(without).toEqual({ files: [], problem: expect.stringContaining(makefile) });
  });

  it("says what it cannot take apart", async () => {
    const renamed = "diff --git a/x b/y\nrename from x\nrename to y\n";
    const { files, problem } = await reviewDiff({ blobs, diff: renamed, repository, commits: [first] });
    expect([files, problem]).toEqual([[], "the diff holds more than changes of text files"]);
  });

  it("a path of the diff is never more than a path in the commit", async () => {
    const diff = "--- a/../../../etc/passwd\n+++ b/../../../etc/passwd\n@@ -1 +1 @@\n-root\n+toor\n";
    const { files, problem } = await reviewDiff({ blobs, diff, repository, commits: [first] });
    expect(files).toEqual([]);
    expect(problem).toContain("no known commit holds");
  });
});
