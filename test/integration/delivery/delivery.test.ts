import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bsdPatch } from "../../fixtures/bsdPatch.ts";
import {
  commitAll,
  createBench,
  diffOf,
  fingerprint,
  folder,
  origin,
  runGit,
  smallFix,
  wideFix,
  write,
} from "./bench.ts";

const branch = `agentic/${origin}-20260131T235959Z`;

test("a fix becomes one commit on a branch of its own, and nothing of the operator's changes", async () => {
  await using bench = await createBench();
  const { repository, store, delivery } = bench;
  const head = runGit(repository, "rev-parse", "HEAD");
  const diff = wideFix(repository);
  write(repository, "staged.txt", "x");
  runGit(repository, "add", "staged.txt");
  write(repository, `${folder}/Makefile.DragonFly`, "MINE=\tyes\n");
  write(repository, "untracked.txt", "y");
  await bench.accept(diff);
  const before = fingerprint(repository);

  const preview = await delivery.preview("case-1", "ann");
  expect(preview).toMatchObject({ branch, base: head, baseNote: /proof started/, problems: [] });
  expect(preview.files).toEqual([
    { path: `${folder}/Makefile.DragonFly`, status: "modified" },
    { path: `${folder}/dragonfly/patch-new.c`, status: "added" },
    { path: `${folder}/dragonfly/patch-old`, status: "deleted" },
  ]);
  expect(bench.deliveredBranches()).toEqual([]);
  const { case: subject, delivery: made } = await delivery.apply("case-1", "ann");

  expect(fingerprint(repository)).toEqual(before);
  expect(subject).toMatchObject({ state: "delivered", deliveryId: made.id });
  expect(made).toMatchObject({ state: "applied", branch, base: head, who: "ann", repository });
  expect(store.deliveriesOf("case-1")).toEqual([made]);
  expect(runGit(repository, "rev-parse", branch, `${branch}^`).split("\n")).toEqual([made.commit, head]);
  expect(runGit(repository, "show", "-s", "--format=%an %ae %cn %B", branch)).toBe(
    `Ann Porter ann@example.org Ann Porter ${preview.message.trimEnd()}`,
  );
  expect(`${runGit(repository, "diff", "--no-renames", "--binary", `${branch}^`, branch)}\n`).toBe(diff);
  expect(existsSync(join(bench.root, "state/delivery"))).toBe(false);
  runGit(repository, "fsck", "--strict");
});

test.each([
  ["git am", "patchSha256", ["git", "am", "-q", "--whitespace=nowarn"]],
  ["patch -p1", "plainSha256", ["patch", "-p1", "-E", "-s"]],
] as const)("the delivery can be taken elsewhere with %s", async (_, which, [program, ...args]) => {
  await using bench = await createBench();
  const { repository, store, delivery } = bench;
  await bench.accept(wideFix(repository));
  const { delivery: made } = await delivery.apply("case-1", "ann");
  const copy = join(bench.root, "copy");
  await cp(repository, copy, { recursive: true });
  const input = (await store.blobs.read(made[which])).data;
  const env = { ...process.env, GIT_COMMITTER_NAME: "c", GIT_COMMITTER_EMAIL: "c@example.org" };
  const ran = spawnSync(program, args, { cwd: copy, input, encoding: "utf8", env });
  expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, "", ""]);
  runGit(copy, "add", "-A");
  expect(runGit(copy, "write-tree")).toBe(runGit(copy, "rev-parse", `${branch}^{tree}`));
});

/** What a log may say that patch(1) would heed, wherever it stands. */
const heeded = ["--- a/x", "+++ b/x", "@@ -1 +1 @@", "-a", "12d", ".", "3c4", "< a", "*** a", "Prereq: 1"];

test.each([
  ["the mail", "patchSha256"],
  ["the plain patch", "plainSha256"],
] as const)("BSD patch makes the same of %s, whatever a log says, as does GNU patch", async (_, which) => {
  await using bench = await createBench();
  const { repository, store, delivery } = bench;
  const cause = heeded.map((line, index) => " X\t".slice(0, index % 4) + line).join("\n");
  await bench.accept(wideFix(repository), { case: { cause } });
  const { delivery: made } = await delivery.apply("case-1", "ann");
  const text = String((await store.blobs.read(made[which])).data);
  const tools: ((copy: string) => void)[] = [
    (copy) => bsdPatch(copy, text),
    (copy) => {
      const ran = spawnSync("patch", ["-p1", "-E", "-s", "-f"], { cwd: copy, input: text, encoding: "utf8" });
      expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, "", ""]);
    },
  ];
  for (const [index, patch] of tools.entries()) {
    const copy = join(bench.root, `copy-${index}`);
    await cp(repository, copy, { recursive: true });
    patch(copy);
    runGit(copy, "add", "-A");
    expect(runGit(copy, "write-tree")).toBe(runGit(copy, "rev-parse", `${branch}^{tree}`));
  }
});

test("what patch(1) has no way to make is said in front of the plain patch", async () => {
  await using bench = await createBench();
  const { repository, store, delivery } = bench;
  const fix = diffOf(repository, () => {
    write(repository, `${folder}/files/empty`, "");
    write(repository, `${folder}/files/run.sh`, "x\n");
    chmodSync(join(repository, folder, "files/run.sh"), 0o755);
    write(repository, `${folder}/files/long`, `${"y".repeat(8191)}\n`);
  });
  await bench.accept(fix);
  const { delivery: made } = await delivery.apply("case-1", "ann");
  const plain = String((await store.blobs.read(made.plainSha256)).data);
  expect(plain.split("\n--- ")[0]?.split("\n")).toEqual([
    `Not for patch(1), take it with git am: ${folder}/files/empty: a file without content`,
    `Not for patch(1), take it with git am: ${folder}/files/long: BSD patch cannot read its longest line`,
    `Not for patch(1), take it with git am: ${folder}/files/run.sh: that it is executable`,
  ]);
  expect(() => bsdPatch(repository, plain)).toThrow(/cut in two/);
});

test("only an accepted fix with a proof of just that diff is delivered", async () => {
  await using bench = await createBench();
  const { repository, store, delivery } = bench;
  const diff = smallFix(repository);
  await bench.accept(diff, { case: { state: "waiting" } });
  await expect(delivery.apply("case-1", "ann")).rejects.toThrow(/is waiting: only an accepted fix/);
  await bench.accept(diff, { proof: { verdict: "build-failed" } });
  await expect(delivery.apply("case-1", "ann")).rejects.toThrow(/not proved/);
  const other = await store.blobs.put(Buffer.from(smallFix(repository, "Z=\t1")));
  await bench.accept(diff, { case: { diffSha256: other } });
  expect((await delivery.preview("case-1", "ann")).problems).toEqual([expect.stringContaining("not proved")]);
  await bench.accept(diff.replaceAll(origin, "devel/two"));
  await expect(delivery.apply("case-1", "ann")).rejects.toThrow(/outside ports\/devel\/one/);
  await bench.accept(diff);
  const nobody = bench.configured({ author: undefined });
  await expect(nobody.apply("case-1", "ann")).rejects.toThrow(/no author.*delivery\.author/);
  const nowhere = bench.configured({ repository: join(repository, folder) });
  await expect(nowhere.preview("case-1", "ann")).rejects.toThrow(
    /inside of a repository.*delivery.repository/,
  );
  expect(bench.deliveredBranches()).toEqual([]);
});

test("the author is whom git would take, and signs off where that is wanted", async () => {
  await using bench = await createBench();
  const { repository } = bench;
  await bench.accept(smallFix(repository));
  const home = join(bench.root, "home");
  await mkdir(home);
  writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = Global\n\temail = global@example.org\n");
  runGit(repository, "config", "user.name", "Local Öp");
  const service = bench.configured(
    { author: undefined, signOff: true, branchPrefix: "fixes" },
    { HOME: home },
  );
  const { delivery } = await service.apply("case-1", "ann");
  const read = (format: string) => runGit(repository, "show", "-s", `--format=${format}`, delivery.branch);
  expect(delivery.branch).toMatch(/^fixes\//);
  expect(read("%an <%ae>")).toBe("Local Öp <global@example.org>");
  expect(read("%(trailers:key=Signed-off-by,valueonly)").trim()).toBe("Local Öp <global@example.org>");
});

test("HEAD that moved on is the base where the diff applies, else file and hunk are named", async () => {
  await using bench = await createBench();
  const { repository, delivery } = bench;
  await bench.accept(wideFix(repository));
  write(repository, "ports/devel/other/Makefile.DragonFly", "X=1\n");
  const moved = commitAll(repository, "Move on");
  const preview = await delivery.preview("case-1", "ann");
  expect(preview).toMatchObject({ base: moved, problems: [], baseNote: /HEAD, where the diff applies/ });
  const path = `${folder}/Makefile.DragonFly`;
  write(repository, path, readFileSync(join(repository, path), "utf8").replace("X=\t1", "X=\t3"));
  commitAll(repository, "Conflict");
  const { problems } = await delivery.preview("case-1", "ann");
  expect(problems).toEqual([expect.stringMatching(/Makefile\.DragonFly, hunk 2 \(line 11\)\. Reject it/)]);
  await expect(delivery.apply("case-1", "ann")).rejects.toMatchObject({
    kind: "badState",
    message: problems[0],
  });
  expect(bench.deliveredBranches()).toEqual([]);
});

test("the same fix asked for twice, at once too, is delivered once", async () => {
  await using bench = await createBench();
  const { repository, delivery } = bench;
  await bench.accept(smallFix(repository));
  const [first, second] = await Promise.all([1, 2].map(() => delivery.apply("case-1", "ann")));
  expect(second).toEqual(first);
  expect(await delivery.apply("case-1", "bob")).toEqual(first);
  expect(bench.deliveredBranches()).toEqual([branch]);
  expect((await delivery.preview("case-1", "ann")).problems).toEqual([
    expect.stringContaining(`delivered already, as ${branch}`),
  ]);
});

test("a branch of that name that is not ours is never moved", async () => {
  await using bench = await createBench();
  const { repository, delivery } = bench;
  runGit(repository, "branch", branch);
  await bench.accept(smallFix(repository));
  const { delivery: made } = await delivery.apply("case-1", "ann");
  expect(made.branch).toBe(`${branch}-2`);
  expect(runGit(repository, "rev-parse", branch)).toBe(made.base);
  await delivery.undo("case-1", "ann");
  expect(bench.deliveredBranches()).toEqual([branch]);
  runGit(repository, "branch", "-D", branch);
  runGit(repository, "branch", "agentic");
  await expect(delivery.apply("case-1", "ann")).rejects.toThrow(/cannot be made.*branchPrefix/);
  expect(bench.subject().state).toBe("accepted");
});

test("undo removes the branch, and the fix can be delivered again", async () => {
  await using bench = await createBench();
  const { repository, store, delivery } = bench;
  await bench.accept(smallFix(repository));
  await delivery.apply("case-1", "ann");
  const { case: subject, delivery: undone } = await delivery.undo("case-1", "bob");
  expect(subject.state).toBe("accepted");
  expect(store.case("case-1")).not.toHaveProperty("deliveryId");
  expect(undone).toMatchObject({ state: "undone", who: "ann", undoneBy: "bob" });
  expect(store.delivery(undone.id)).toEqual(undone);
  expect(bench.deliveredBranches()).toEqual([]);
  await expect(delivery.undo("case-1", "bob")).rejects.toThrow(/is accepted: nothing is delivered/);
  const again = await delivery.apply("case-1", "ann");
  expect(
    store
      .deliveriesOf("case-1")
      .map(({ state }) => state)
      .sort(),
  ).toEqual(["applied", "undone"]);
  runGit(repository, "branch", "-D", again.delivery.branch);
  expect((await delivery.undo("case-1", "ann")).case.state).toBe("accepted");
});

test("undo keeps a branch that has more than our commit, or is checked out", async () => {
  await using bench = await createBench();
  const { repository, delivery } = bench;
  await bench.accept(smallFix(repository));
  await delivery.apply("case-1", "ann");
  const place = join(bench.root, "worktree");
  runGit(repository, "worktree", "add", "-q", place, branch);
  await expect(delivery.undo("case-1", "ann")).rejects.toThrow(`is checked out in ${place}: switch`);
  write(place, "more.txt", "x");
  commitAll(place, "More");
  await expect(delivery.undo("case-1", "ann")).rejects.toThrow(/commits that are not ours.*branch -D/);
  expect(bench.subject().state).toBe("delivered");
  runGit(repository, "worktree", "remove", "--force", place);
  runGit(repository, "branch", "-D", branch);
  expect((await delivery.undo("case-1", "ann")).case.state).toBe("accepted");
});

test("a case that goes on meanwhile has no branch left", async () => {
  await using bench = await createBench();
  const { repository, store } = bench;
  await bench.accept(smallFix(repository));
  const put = store.blobs.put.bind(store.blobs);
  store.blobs.put = async (content) => {
    const reopened = { ...bench.subject(), state: "open" as const, diffSha256: null, proofId: null };
    store.append([{ type: "case/changed", payload: reopened }]);
    return put(content);
  };
  await expect(bench.delivery.apply("case-1", "ann")).rejects.toThrow(/changed while it was delivered/);
  expect(bench.deliveredBranches()).toEqual([]);
});

test("a flavor stands in the branch's name", async () => {
  await using bench = await createBench();
  await bench.accept(smallFix(bench.repository), { case: { flavor: "py311" } });
  const { delivery: made } = await bench.delivery.apply("case-1", "ann");
  expect(made.branch).toBe(`agentic/${origin}@py311-20260131T235959Z`);
  expect(runGit(bench.repository, "show", "-s", "--format=%B", made.branch)).toContain("flavor py311");
});

test("nothing that the repository's own configuration names is run", async () => {
  await using bench = await createBench();
  const { repository } = bench;
  write(repository, ".gitattributes", "* filter=evil diff=evil merge=evil\n");
  commitAll(repository, "Attributes");
  await bench.accept(wideFix(repository));
  const ran = join(bench.root, "ran");
  const program = join(bench.root, "evil.sh");
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >>'${ran}'\ncat\n`);
  chmodSync(program, 0o755);
  const settings = [
    ...["core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "gpg.program", "sequence.editor"],
    ...["filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command"],
    ...[
      "diff.evil.textconv",
      "diff.external",
      "merge.evil.driver",
      "credential.helper",
      "uploadpack.packObjectsHook",
    ],
    ...["core.gitProxy", "trailer.x.command", "core.alternateRefsCommand"],
  ];
  for (const name of settings) runGit(repository, "config", name, program);
  for (const name of [
    "commit.gpgSign",
    "log.showSignature",
    "diff.noprefix",
    "format.attach",
    "filter.evil.required",
  ])
    runGit(repository, "config", name, "true");
  const hooks = join(repository, ".git/hooks");
  await mkdir(hooks, { recursive: true });
  for (const name of [
    "reference-transaction",
    "pre-commit",
    "post-index-change",
    "post-commit",
    "commit-msg",
  ])
    writeFileSync(join(hooks, name), `#!/bin/sh\necho ${name} >>'${ran}'\n`, { mode: 0o755 });

  const { problems } = await bench.delivery.preview("case-1", "ann");
  expect(problems).toEqual([]);
  const { delivery: made } = await bench.delivery.apply("case-1", "ann");
  expect(String((await bench.store.blobs.read(made.plainSha256)).data)).toMatch(/^--- a\/ports/);
  await bench.delivery.undo("case-1", "ann");
  expect(existsSync(ran)).toBe(false);
  runGit(repository, "branch", "probe");
  expect(readFileSync(ran, "utf8")).toContain("reference-transaction");
});

test.runIf(process.getuid?.() === 0)(
  "what a server of root writes belongs to the repository's owner",
  async () => {
    await using bench = await createBench();
    const { repository, root } = bench;
    await bench.accept(smallFix(repository));
    chmodSync(root, 0o755);
    spawnSync("chown", ["-R", "65534:65534", repository]);
    const umask = process.umask(0o077);
    try {
      await bench.delivery.apply("case-1", "ann");
    } finally {
      process.umask(umask);
    }
    expect(spawnSync("find", [repository, "!", "-uid", "65534"], { encoding: "utf8" }).stdout).toBe("");
    const closed = spawnSync("find", [join(repository, ".git/objects"), "!", "-perm", "-044"], {
      encoding: "utf8",
    });
    expect(closed.stdout).toBe("");
  },
);

test("a shallow clone and a bare repository take a delivery too", async () => {
  await using bench = await createBench();
  const { repository, root } = bench;
  write(repository, "x", "x");
  commitAll(repository, "Second");
  await bench.accept(smallFix(repository));
  for (const how of ["--depth=1", "--bare"]) {
    const clone = join(root, `clone${how}`);
    runGit(root, "clone", "-q", how, `file://${repository}`, clone);
    const service = bench.configured({ repository: clone });
    const { delivery: made } = await service.apply("case-1", "ann");
    expect(runGit(clone, "log", "-1", "--format=%s", made.branch)).toBe(made.subject);
    await service.undo("case-1", "ann");
  }
  expect(readdirSync(join(root, "state"))).not.toContain("delivery");
});
