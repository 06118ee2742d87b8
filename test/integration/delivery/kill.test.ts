import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startForge } from "../../fixtures/forge/server.ts";
import { signalProcess } from "../../fixtures/signal.ts";
import {
  type Bench,
  commitAll,
  createBench,
  fingerprint,
  folder,
  openBench,
  origin,
  runGit,
  smallFix,
  write,
} from "./bench.ts";

const deliverer = fileURLToPath(new URL("deliverer.ts", import.meta.url));
const token = "canary-token-5f1d";
const branch = `agentic/${origin}-20260131T235959Z`;

/** A server that is killed with kill -9 when its branch stands and its record does not; the one after it. */
async function killed(bench: Bench): Promise<Bench> {
  bench.store.close();
  const child = spawn(process.execPath, [deliverer, bench.root], { stdio: ["ignore", "pipe", "inherit"] });
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

/** Kills what delivers, with all that it started, once the git that it calls in that way has stopped for good. */
async function stopped(root: string, command: string, isDone: boolean, ...args: string[]): Promise<void> {
  const tools = join(root, "tools");
  const mark = join(root, "reached");
  mkdirSync(tools);
  const stop = `: >'${mark}'; exec sleep 600`;
  const script = [
    "#!/bin/sh",
    `PATH=\${PATH#*:}`,
    `case " $* " in *" ${command} "*) ${isDone ? 'git "$@" || exit;' : ""} ${stop} ;; esac`,
    'exec git "$@"',
  ];
  writeFileSync(join(tools, "git"), `${script.join("\n")}\n`, { mode: 0o755 });
  const env = { ...process.env, PATH: `${tools}:${process.env.PATH}`, TOKEN: token };
  const child = spawn(process.execPath, [deliverer, root, ...args], { env, detached: true, stdio: "ignore" });
  const exited = once(child, "exit");
  await expect.poll(() => existsSync(mark) || child.exitCode !== null, { timeout: 30_000 }).toBe(true);
  expect(child.exitCode).toBeNull();
  signalProcess(-(child.pid ?? 0), "SIGKILL");
  await exited;
}

/** Work that the operator is at: staged, changed and untracked files. */
function workIn(repository: string): unknown {
  write(repository, "staged.txt", "x");
  runGit(repository, "add", "staged.txt");
  write(repository, `${folder}/Makefile.DragonFly`, "MINE=\tyes\n");
  write(repository, "untracked.txt", "y");
  return fingerprint(repository);
}

/** Nothing of a delivery is on the way, here or in the operator's repository. */
function expectNothingLeft({ root, repository }: Bench, before: unknown): void {
  expect(fingerprint(repository)).toEqual(before);
  for (const place of ["delivery", "push"]) expect(existsSync(join(root, "state", place))).toBe(false);
  const left = readdirSync(join(repository, ".git"), { recursive: true, encoding: "utf8" });
  expect(left.filter((name) => /\.lock$|tmp_|^worktrees/.test(name))).toEqual([]);
  runGit(repository, "fsck", "--strict");
}

test.each([
  ...["write-tree", "commit-tree", "pack-objects", "unpack-objects", "update-ref", "format-patch"],
  "update-ref done",
])("killed at git %s, the delivery is made once by the next server", async (at) => {
  const first = await createBench();
  await first.accept(smallFix(first.repository));
  const { root, repository } = first;
  first.store.close();
  const before = workIn(repository);
  const [command = "", done] = at.split(" ");
  await stopped(root, command, done !== undefined);

  await using bench = openBench(root);
  expect(bench.store.deliveriesOf("case-1")).toEqual([]);
  const { delivery: made } = await bench.delivery.apply("case-1", "ann");
  expect(bench.deliveredBranches()).toEqual([branch]);
  expect(runGit(repository, "rev-parse", branch)).toBe(made.commit);
  expect(bench.store.deliveriesOf("case-1")).toEqual([made]);
  expectNothingLeft(bench, before);
});

test.each([
  [false, [branch]],
  [true, []],
])("killed in an undo, its branch gone: %s, the next server takes it back", async (isDone, branches) => {
  const first = await createBench();
  await first.accept(smallFix(first.repository));
  await first.delivery.apply("case-1", "ann");
  first.store.close();
  const before = workIn(first.repository);
  await stopped(first.root, "update-ref", isDone, "undo");

  await using bench = openBench(first.root);
  expect(bench.deliveredBranches()).toEqual(branches);
  const { case: subject, delivery } = await bench.delivery.undo("case-1", "ann");
  expect([subject.state, delivery.state, bench.deliveredBranches()]).toEqual(["accepted", "undone", []]);
  expectNothingLeft(bench, before);
});

test.each([false, true])(
  "killed in a push, its branch there: %s, the next server goes on",
  async (isDone) => {
    const first = await createBench();
    await using forge = await startForge(first.root, { token });
    await first.accept(smallFix(first.repository));
    await first.delivery.apply("case-1", "ann");
    first.store.close();
    const before = workIn(first.repository);
    await stopped(first.root, "push", isDone, JSON.stringify(forge.config));

    await using bench = openBench(first.root);
    expect(bench.store.deliveriesOf("case-1")[0]).not.toHaveProperty("pushed");
    const { signal } = new AbortController();
    const pushing = bench.pushing(forge.config, token);
    const { delivery } = await pushing.push("case-1", { who: "ann", signal, progress: () => {} });
    expect(runGit(forge.repository("up/DeltaPorts"), "rev-parse", branch)).toBe(delivery.commit);
    expect(forge.pulls).toHaveLength(1);
    expectNothingLeft(bench, before);
  },
);

test("killed between a pull request and its record, it is found again", async () => {
  const first = await createBench();
  await using forge = await startForge(first.root, { token });
  await first.accept(smallFix(first.repository));
  await first.delivery.apply("case-1", "ann");
  first.store.close();
  const child = spawn(process.execPath, [deliverer, first.root, JSON.stringify(forge.config)], {
    ...{ env: { ...process.env, TOKEN: token }, stdio: ["ignore", "pipe", "inherit"] },
  });
  const exited = once(child, "exit");
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), exited]);
  child.kill("SIGKILL");
  expect(await exited).toEqual([null, "SIGKILL"]);

  await using bench = openBench(first.root);
  expect(forge.pulls).toHaveLength(1);
  expect(bench.store.deliveriesOf("case-1")[0]).not.toHaveProperty("pullRequest");
  const { signal } = new AbortController();
  const pushing = bench.pushing(forge.config, token);
  const { delivery } = await pushing.push("case-1", { who: "ann", signal, progress: () => {} });
  expect(delivery.pullRequest?.number).toBe(1);
  expect(forge.pulls).toHaveLength(1);
  expect(existsSync(join(first.root, "state/push"))).toBe(false);
});
