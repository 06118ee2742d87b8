import { existsSync } from "node:fs";
import { cp, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { collect, makeSandbox } from "./portwright.ts";

test("usage: what is asked wrongly ends with 2 and says how to ask", async () => {
  await using sandbox = await makeSandbox();
  expect(await sandbox.run(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  expect((await sandbox.run(["--help"])).code).toBe(0);
  for (const args of [
    ["nonsense"],
    ["case", "show"],
    ["events", "--after", "x"],
    ["case", "patch", "a/b", "--tier", "TURBO"],
    ["connect"],
  ]) {
    const { code, stderr } = await sandbox.run(args);
    expect([args, code]).toEqual([args, 2]);
    expect(stderr).not.toBe("");
  }
  const { stderr } = await sandbox.run(["runs", "compare", "one"]);
  expect(stderr).toContain("portwright runs compare --help");
});

test("an import of what is not there makes no state", async () => {
  await using sandbox = await makeSandbox();
  const { code, stderr } = await sandbox.run(["evidence", "import", join(sandbox.folder, "gone")]);
  expect([code, stderr]).toEqual([3, expect.stringMatching(/gone cannot be imported: it is not there/)]);
  await expect(stat(sandbox.stateDir)).rejects.toMatchObject({ code: "ENOENT" });
});

test.skipIf(!existsSync("/proc/self"))("a place that takes no folders is told, at once", async () => {
  await using sandbox = await makeSandbox();
  for (const args of [
    ["state", "backup", "/proc/portwright/copy"],
    ["--state", "/proc/portwright/state", "serve"],
  ]) {
    const child = sandbox.start(args);
    // Making folders there goes on for ever in Node, and would after the test.
    const guard = setTimeout(() => child.kill("SIGKILL"), 20_000);
    expect(await collect(child)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /\/proc\/portwright\/.* cannot be made: \/proc takes no new folders; name/,
      ),
    });
    clearTimeout(guard);
  }
});

test("without a server: 4, and the remedy", async () => {
  await using sandbox = await makeSandbox();
  const { code, stderr } = await sandbox.run(["status"]);
  expect(code).toBe(4);
  expect(stderr).toContain(`portwright serve --state ${sandbox.stateDir}`);
});

test("distill says what failed, from a file and from stdin, for people and machines", async () => {
  await using sandbox = await makeSandbox();
  const log =
    "===>  Building for x-1.0\ncc -c a.c\na.c:3:5: error: use of undeclared identifier 'foo\u001b[31m'\n*** Error code 1\nmake: stopped\n";
  await writeFile(join(sandbox.folder, "x.log"), log);
  const text = await sandbox.run(["distill", "x.log", "--explain"]);
  expect(text).toMatchObject({ code: 0, stderr: "" });
  expect(text.stdout).toContain("compile-error");
  expect(text.stdout).not.toContain("\u001b");
  const fromStdin = await sandbox.run(["--json", "distill", "-"], log);
  expect(JSON.parse(fromStdin.stdout)).toMatchObject({ classification: "compile-error", phase: "build" });
  expect((await sandbox.run(["distill", "none.log"])).code).toBe(3);
  await symlink("x.log", join(sandbox.folder, "newest.log"));
  expect((await sandbox.run(["distill", "newest.log"])).stdout).toContain("compile-error");
  expect(await sandbox.run(["distill", "."])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("portwright distill -"),
  });
});

test("the policy that comes with portwright is in order; a broken one is named by file and line", async () => {
  await using sandbox = await makeSandbox();
  expect(await sandbox.run(["policy", "check"])).toMatchObject({ code: 0, stderr: "" });
  await mkdir(join(sandbox.folder, "mine"));
  await writeFile(join(sandbox.folder, "mine", "policy.json"), "{\n  oops\n}\n");
  const broken = await sandbox.run(["policy", "check", "mine"]);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/policy\.json:2: /);
  const nowhere = await sandbox.run(["policy", "check", "nowhere"]);
  expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringMatching(/nowhere is not a folder\n$/) });
  const asJson = await sandbox.run(["policy", "check", "mine", "--json"]);
  expect(JSON.parse(asJson.stdout).problems[0]).toMatchObject({ line: 2 });
});

test("a policy is held against the models of this state's configuration, where there is one", async () => {
  await using sandbox = await makeSandbox();
  const shipped = fileURLToPath(new URL("../../../policy", import.meta.url));
  const mine = join(sandbox.folder, "mine");
  await cp(shipped, mine, { recursive: true });
  const policy = JSON.parse(await readFile(join(mine, "policy.json"), "utf8"));
  policy.tiers.AUTO.escalate = { after: 1, model: "strong" };
  await writeFile(join(mine, "policy.json"), JSON.stringify(policy));
  const check = () => sandbox.run(["policy", "check", "mine"]);
  expect(await check()).toMatchObject({ code: 0 });
  await mkdir(sandbox.stateDir);
  const configure = (models: object) =>
    writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify({ models }));
  await configure({ patch: { model: "m" } });
  expect(await check()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("has no model strong (it has: patch)"),
  });
  await configure({ patch: { model: "m" }, others: { strong: { model: "n" } } });
  expect(await check()).toMatchObject({ code: 0, stderr: "" });
});

test("what cannot be looked at, as a circle of links, is not told as absent", async () => {
  await using sandbox = await makeSandbox();
  await symlink("circle", join(sandbox.folder, "circle"));
  for (const args of [
    ["policy", "check", "circle"],
    ["init", "--freebsd-ports", "circle", "--delta-ports", ".", "--distfiles", "."],
  ])
    expect(await sandbox.run(args)).toMatchObject({ code: 1, stderr: expect.stringContaining("ELOOP") });
});

test("init writes a configuration that holds, and replaces none", async () => {
  await using sandbox = await makeSandbox();
  for (const name of ["up", "delta", "dist"]) await mkdir(join(sandbox.folder, name));
  const args = ["init", "--freebsd-ports", "up", "--delta-ports", "delta", "--distfiles", "dist"];
  expect((await sandbox.run(args)).code).toBe(0);
  const written = JSON.parse(await readFile(join(sandbox.stateDir, "portwright.json"), "utf8"));
  expect(written.trees.freebsdPorts).toBe(join(sandbox.folder, "up"));
  expect((await sandbox.run(args)).code).toBe(1);
  expect((await sandbox.run([...args, "--force"])).code).toBe(0);
  for (const [given, code, packages] of [
    ["dist", 2, undefined],
    ["packages", 0, "packages"],
    ["packages/All", 0, "packages"],
  ] as const) {
    await mkdir(join(sandbox.folder, "packages/All"), { recursive: true });
    const ran = await sandbox.run([...args, "--force", "--packages", given]);
    expect(ran.code, ran.stderr).toBe(code);
    const { trees } = JSON.parse(await readFile(join(sandbox.stateDir, "portwright.json"), "utf8"));
    expect(trees.packages).toBe(packages && join(sandbox.folder, packages));
  }
  const missing = await sandbox.run([
    "init",
    "--freebsd-ports",
    "nowhere",
    "--delta-ports",
    "delta",
    "--distfiles",
    "dist",
  ]);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain("--freebsd-ports");
});

test("hooks: installed, checked, kept apart from others' hooks, and removed", async () => {
  await using sandbox = await makeSandbox();
  const base = join(sandbox.folder, "dsynth");
  const evidence = join(sandbox.folder, "evidence");
  const hooks = (...args: string[]) => sandbox.run(["hooks", ...args, "--config-base", base]);

  const dry = await hooks("install", "--dry-run");
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain(`would write ${join(base, "hook_pkg_failure")}`);
  await expect(stat(base)).rejects.toMatchObject({ code: "ENOENT" });
  expect((await hooks("check")).code).toBe(1);
  expect((await hooks("uninstall")).code).toBe(3);

  await mkdir(base);
  await writeFile(join(base, "hook_run_end"), "#!/bin/sh\nmail -s done root\n", { mode: 0o755 });
  await writeFile(join(base, "portwright-hooks.conf"), "target=@2026Q3\nevidence=/old\n");
  const refused = await hooks("install");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("hook_run_end");
  await expect(stat(join(base, "hook_run_start"))).rejects.toMatchObject({ code: "ENOENT" });

  const elsewhere = await hooks("install", "--force", "--evidence", evidence);
  expect(elsewhere).toMatchObject({ code: 0, stderr: expect.stringContaining("no dsynth.ini stands in") });
  expect(await readFile(join(base, "portwright-hooks.conf"), "utf8")).toBe(
    `target=@2026Q3\nevidence=${evidence}\n`,
  );
  expect((await stat(join(base, "hook_pkg_failure"))).mode & 0o777).toBe(0o755);
  expect((await stat(join(base, "hook_common.sh"))).mode & 0o111).toBe(0);
  expect(await readFile(join(base, "hook_run_end.before-portwright"), "utf8")).toContain("mail");
  const check = await hooks("check");
  expect(check).toMatchObject({ code: 0, stderr: "" });
  expect(check.stdout).toContain(evidence);

  const again = await hooks("install", "--json");
  expect(JSON.parse(again.stdout).changes.every(({ act }: { act: string }) => act === "keep")).toBe(true);
  await writeFile(join(base, "hook_common.sh"), "# older\npw_hooks_version=0\n");
  expect((await hooks("check")).stdout).toMatch(/hook_common\.sh +differs/);

  expect((await hooks("uninstall")).code).toBe(0);
  expect(await readFile(join(base, "hook_run_end"), "utf8")).toContain("mail");
  await expect(stat(join(base, "hook_pkg_failure"))).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readFile(join(base, "portwright-hooks.conf"), "utf8")).toContain(evidence);
});

test("installed hooks work where they were put", async () => {
  await using sandbox = await makeSandbox();
  const base = join(sandbox.folder, "dsynth");
  const evidence = join(sandbox.folder, "evidence");
  await sandbox.run(["hooks", "install", "--config-base", base, "--evidence", evidence]);
  await symlink(base, join(sandbox.folder, "link"));
  const { spawn } = await import("node:child_process");
  const hook = spawn(join(sandbox.folder, "link", "hook_run_start"), {
    env: { PROFILE: "main", PORTS_QUEUED: "3" },
  });
  expect(await collect(hook)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await readFile(join(evidence, "journal/events.log"), "utf8")).toMatch(/^PW1\tev=run_start\t/);
});
