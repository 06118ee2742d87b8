import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Bench, commitAll, createBench, openBench, origin, runGit, smallFix, write } from "./bench.ts";

const script = fileURLToPath(new URL("deliverer.ts", import.meta.url));
const branch = `agentic/${origin}-20260131T235959Z`;

/** A server that is killed with kill -9 when its branch stands and its record does not; the one after it. */
async function killed(bench: Bench): Promise<Bench> {
  bench.store.close();
  const child = spawn(process.execPath, [script, bench.root], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exited]);
  child.kill("SIGKILL");
  expect(await exited).toEqual([null, "SIGKILL"]);
  const next = openBench(bench.root);
  expect([next.deliveredBranches(), next.store.deliveriesOf("case-1")]).toEqual([[branch], []]);
  return next;
}

test("killed between branch and record, the delivery is taken up and made once", async () => {
  const first = await createBench();
  await first.accept(smallFix(first.repository));
  await using bench = await killed(first);
  const commit = runGit(bench.repository, "rev-parse", branch);
  const { delivery: made } = await bench.delivery.apply("case-1", "ann");
  expect(made).toMatchObject({ branch, commit, base: runGit(bench.repository, "rev-parse", "HEAD") });
  expect(bench.deliveredBranches()).toEqual([branch]);
  expect(bench.store.deliveriesOf("case-1")).toEqual([made]);
  expect(bench.subject()).toMatchObject({ state: "delivered", deliveryId: made.id });
});

test("it is known even with a person's commits on it, and checked out", async () => {
  const first = await createBench();
  await first.accept(smallFix(first.repository));
  await using bench = await killed(first);
  const commit = runGit(bench.repository, "rev-parse", branch);
  runGit(bench.repository, "checkout", "-q", branch);
  write(bench.repository, "more.txt", "x");
  commitAll(bench.repository, "More");
  const { delivery: made } = await bench.delivery.apply("case-1", "ann");
  expect(made).toMatchObject({ branch, commit });
  await expect(bench.delivery.undo("case-1", "ann")).rejects.toThrow(/not ours/);
});

test("a commit that only says to be ours is a foreign one", async () => {
  const first = await createBench();
  await first.accept(smallFix(first.repository));
  await using bench = await killed(first);
  const place = join(bench.root, "worktree");
  runGit(bench.repository, "worktree", "add", "-q", place, branch);
  writeFileSync(join(place, "evil.txt"), "x");
  runGit(place, "add", "-A");
  runGit(place, "commit", "-q", "--amend", "--no-edit", "--no-verify");
  const forged = runGit(place, "rev-parse", "HEAD");
  const { delivery: made } = await bench.delivery.apply("case-1", "ann");
  expect(made.branch).toBe(`${branch}-2`);
  expect(runGit(bench.repository, "rev-parse", branch)).toBe(forged);
});
