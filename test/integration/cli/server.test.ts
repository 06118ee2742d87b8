import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../server/src/store/sqlite/open.ts";
import { introduction, rawFrames } from "../rpc/frames.ts";
import { tellStory } from "../store/prunable.ts";
import { collect, endServer, makeSandbox, type Sandbox } from "./portwright.ts";

/** A busy machine is slow, which is no fault. */
const patience = { timeout: 50_000 };

const log =
  "===>  Building for x-1.0\ncc -c a.c\na.c:3:5: error: use of undeclared identifier 'foo'\n*** Error code 1\nmake: stopped\n";

/** Starts the sandbox's server; its evidence lies in the sandbox. */
async function serve(sandbox: Sandbox, config: object = {}): Promise<{ pid: number; log: string }> {
  await mkdir(sandbox.stateDir, { mode: 0o700, recursive: true });
  const evidence = join(sandbox.folder, "evidence");
  await writeFile(join(sandbox.stateDir, "portwright.json"), JSON.stringify({ evidence, ...config }));
  const started = await sandbox.run(["serve", "--json"]);
  expect(started).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(started.stdout);
}

test("a server whose starter let go of it before it was ready serves to its end all the same", async () => {
  await using sandbox = await makeSandbox();
  const child = sandbox.start(["serve", "--foreground"], ["ipc"]);
  child.disconnect();
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await expect.poll(() => said, patience).toContain("serves ");
  child.kill();
  expect(await once(child, "exit")).toEqual([0, null]);
});

async function json(sandbox: Sandbox, ...args: string[]) {
  const ran = await sandbox.run([...args, "--json"]);
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout);
}

test("a server is started, used, refuses a second one on its state, and ends", async () => {
  await using sandbox = await makeSandbox();
  const { pid, log: logFile } = await serve(sandbox);
  expect(await readFile(logFile, "utf8")).toContain(`as process ${pid}`);
  expect(await json(sandbox, "status")).toMatchObject({
    state: sandbox.stateDir,
    evidence: join(sandbox.folder, "evidence"),
  });
  for (const second of [["serve"], ["serve", "--foreground"]]) {
    const { code, stderr } = await sandbox.run(second);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`process ${pid}`)]);
  }
  expect(await json(sandbox, "status")).toMatchObject({ seq: expect.any(Number) });
  expect((await sandbox.run(["stop"])).code).toBe(0);
  await expect.poll(async () => (await sandbox.run(["status"])).code, patience).toBe(4);
});

test("a script is told of a failure in one object, of whatever kind it is", async () => {
  await using sandbox = await makeSandbox();
  const failing = async (...args: string[]) => {
    const { code, stdout, stderr } = await sandbox.run(args);
    expect(stdout).toBe("");
    const { error } = JSON.parse(stderr);
    expect(error.exitCode).toBe(code);
    return [code, error.kind, error.message];
  };
  expect(await failing("--json")).toEqual([2, "usage", expect.stringContaining("--help")]);
  expect(await failing("cases", "--frob", "--json")).toEqual([2, "usage", "unknown option '--frob'"]);
  expect(await failing("status", "--json")).toEqual([4, "unreachable", expect.stringContaining("serve")]);
  await serve(sandbox);
  expect(await failing("case", "show", "no/such", "--json")).toEqual([3, "notFound", expect.any(String)]);
  const { seq } = await json(sandbox, "status");
  const beyond = ["events", "--json", "--after"];
  expect(await sandbox.run([...beyond, String(seq)])).toEqual({ code: 0, stdout: "", stderr: "" });
  for (const how of [[], ["--follow"]])
    expect(await failing(...beyond, "99999", ...how)).toEqual([
      ...[2, "badParams"],
      expect.stringContaining(`no event 99999 yet, the newest is ${seq}`),
    ]);
  expect((await failing(...beyond, "0", "--tail", "1"))[2]).toContain("cannot be used with");
  const behind = await sandbox.run(["env", "exec", "none", "--", "ls", "--json"]);
  expect(behind.stderr).toMatch(/^portwright: /);
});

test("a server that cannot start says why, in the background too", async () => {
  await using sandbox = await makeSandbox();
  await mkdir(sandbox.stateDir, { mode: 0o700 });
  await writeFile(join(sandbox.stateDir, "portwright.json"), '{"automation": {"workers": 99}}');
  for (const args of [["serve"], ["serve", "--foreground"]]) {
    const { code, stderr } = await sandbox.run(args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/portwright\.json has a problem.*automation\.workers/s);
  }
  const elsewhere = await sandbox.run(["serve", "--config", "none.json"]);
  expect(elsewhere.stderr).toContain("does not exist");
});

test("status says why there is no evidence to read, and all the rest", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox);
  const status = async () => (await json(sandbox, "status")).journal;
  expect(await status()).toMatchObject({ bytes: 0, problem: expect.stringContaining("the hooks") });
  await writeFile(join(sandbox.folder, "evidence"), "no folder");
  expect(await status()).toMatchObject({ problem: expect.stringMatching(/cannot be read: ENOTDIR/) });
});

test("of two servers started at once the one that loses says which one holds the state, and no more", async () => {
  await using sandbox = await makeSandbox();
  const started = await Promise.all([sandbox.run(["serve"]), sandbox.run(["serve"])]);
  const [winner, loser] = started.toSorted((left, right) => (left.code ?? 0) - (right.code ?? 0));
  expect(winner).toMatchObject({ code: 0, stderr: "" });
  expect(loser).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^portwright: the server did not start: The state in .* is in use by .*\n$/,
    ),
  });
});

test("a killed server leaves a state that the next one takes over", async () => {
  await using sandbox = await makeSandbox();
  const { pid } = await serve(sandbox);
  process.kill(pid, "SIGKILL");
  await expect.poll(async () => (await sandbox.run(["status"])).code, patience).toBe(4);
  const { pid: next } = await serve(sandbox);
  expect(next).not.toBe(pid);
  expect((await sandbox.run(["status"])).code).toBe(0);
});

test("imported logs become cases that can be listed, shown, searched and watched", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox, { automation: { enabled: false } });
  await mkdir(join(sandbox.folder, "logs"));
  await writeFile(join(sandbox.folder, "logs", "devel___x.log"), log);
  const imported = await json(sandbox, "evidence", "import", "logs");
  expect(imported.bundles).toHaveLength(1);
  expect(imported.bundles[0]).toMatchObject({ classification: "compile-error" });

  const { cases } = await json(sandbox, "cases", "--class", "compile-error");
  expect(cases).toHaveLength(1);
  const [{ id, origin }] = cases;
  const table = await sandbox.run(["cases", "--search", "undeclared"]);
  expect(table.stdout).toContain(origin);
  expect((await sandbox.run(["cases", "--in", "closed"])).stdout).toBe("no cases\n");
  expect(await sandbox.run(["cases", "--in", "nonsense"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--in: "),
  });
  expect(await sandbox.run(["log", origin])).toEqual({ code: 0, stdout: log, stderr: "" });
  const { cause } = (await json(sandbox, "case", "show", id)).bundles[0].diagnosis;
  const range = ["--offset", String(cause.offset), "--bytes", String(cause.text.length)];
  expect((await sandbox.run(["log", id, ...range])).stdout).toBe(cause.text);
  const holding = (await sandbox.run(["log", id, "--search", cause.text])).stdout;
  expect(holding).toBe(`${cause.line}: ${cause.text}\n`);
  expect((await sandbox.run(["log", id, "--search", "no such words"])).stdout).toBe("");
  expect(await json(sandbox, "log", id)).toMatchObject({ artifact: { name: "logs/full.log" }, text: log });

  const shown = await sandbox.run(["case", "show", origin]);
  expect(shown.stdout).toContain("a.c:3:5: error: use of undeclared identifier 'foo'");
  expect((await json(sandbox, "case", "show", id)).case.origin).toBe(origin);
  expect((await sandbox.run(["case", "show", "no/such"])).code).toBe(3);
  expect((await sandbox.run(["diff", id])).code).toBe(3);
  expect((await sandbox.run(["session", id])).code).toBe(3);
  expect((await sandbox.run(["case", "accept", id])).code).toBe(1);
  expect((await sandbox.run(["evidence", "import", "nowhere"])).code).toBe(3);

  const events = await sandbox.run(["events"]);
  expect(events.stdout).toContain(`case ${id}, ${origin}, is open`);
  const lines = (await sandbox.run(["events", "--json", "--after", "1"])).stdout.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual(lines.map((_, index) => index + 2));
  const tail = await sandbox.run(["events", "--json", "--tail", "2"]);
  expect(tail.stdout.trim().split("\n")).toEqual(lines.slice(-2));
});

test("logs are imported without a server too, and the next one finds their cases", async () => {
  await using sandbox = await makeSandbox();
  await writeFile(join(sandbox.folder, "devel___x.log"), log);
  const { bundles } = await json(sandbox, "evidence", "import", "devel___x.log");
  expect(bundles).toMatchObject([{ origin: "devel/x", classification: "compile-error" }]);
  await serve(sandbox);
  const { cases } = await json(sandbox, "cases");
  expect(cases).toMatchObject([{ origin: "devel/x", target: "imported" }]);
  expect((await sandbox.run(["evidence", "import", "nowhere"])).code).toBe(3);
});

test("triage is followed to its end, or only queued", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox, { automation: { enabled: false } });
  await writeFile(join(sandbox.folder, "devel___x.log"), log);
  const { bundles } = await json(sandbox, "evidence", "import", "devel___x.log");
  const [{ origin }] = bundles;
  const followed = await sandbox.run(["case", "triage", origin]);
  expect(followed).toMatchObject({ code: 0, stderr: "" });
  expect(followed.stdout).toMatch(/^triage \S+ is queued\n.* is (triaged|escalated)\n$/s);
  const queued = await json(sandbox, "case", "triage", origin, "--no-wait");
  expect(queued.job).toMatchObject({ kind: "triage", requestedBy: userInfo().username });
  const refused = await sandbox.run(["case", "patch", origin]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("portwright init") });
  const { jobs } = await json(sandbox, "jobs");
  expect(jobs.map(({ kind }: { kind: string }) => kind)).toEqual(["triage", "triage"]);
});

test("following ends with 130 when interrupted, and the server stays", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox);
  await writeFile(join(sandbox.folder, "x.log"), log);
  await sandbox.run(["evidence", "import", "x.log"]);
  const child = sandbox.start(["events", "--follow", "--after", "0"]);
  const ending = collect(child);
  await once(child.stdout ?? child, "data");
  child.kill("SIGINT");
  expect(await ending).toMatchObject({ code: 130, stderr: "portwright: interrupted\n" });
  expect((await sandbox.run(["status"])).code).toBe(0);
});

test("a reader that goes away ends a follower quietly; a server that goes away ends it with 4", async () => {
  await using sandbox = await makeSandbox();
  await serve(sandbox);
  await writeFile(join(sandbox.folder, "x.log"), log);
  await sandbox.run(["evidence", "import", "x.log"]);
  const follow = async () => {
    const child = sandbox.start(["events", "--follow", "--after", "0"]);
    const ending = collect(child);
    await once(child.stdout ?? child, "data");
    return { child, ending };
  };
  const read = await follow();
  read.child.stdout?.destroy();
  await sandbox.run(["evidence", "import", "x.log"]);
  expect(await read.ending).toMatchObject({ code: 0, stderr: "" });

  const left = await follow();
  await endServer(sandbox.stateDir);
  expect(await left.ending).toMatchObject({
    code: 4,
    stderr: "portwright: the server ended the connection\n",
  });
});

test("connect starts the server when it is absent and is a pipe to it; two at once start one", async () => {
  await using sandbox = await makeSandbox();
  await mkdir(sandbox.stateDir, { mode: 0o700 });
  await writeFile(
    join(sandbox.stateDir, "portwright.json"),
    JSON.stringify({ evidence: join(sandbox.folder, "evidence") }),
  );
  const input = rawFrames(introduction(), { jsonrpc: "2.0", id: 2, method: "status", params: {} });
  const clients = [1, 2].map(() => sandbox.start(["connect", "--stdio"]));
  const endings = clients.map((child) => {
    child.stdin?.write(input);
    let seen = "";
    child.stdout?.on("data", (data) => {
      seen += data;
      if (seen.includes('"id":2')) child.stdin?.end();
    });
    return collect(child);
  });
  for (const { code, stdout, stderr } of await Promise.all(endings)) {
    expect(code).toBe(0);
    expect(stdout).toContain(sandbox.stateDir);
    expect(stderr).toContain(join(sandbox.stateDir, "server.log"));
  }
  const again = await sandbox.run(["connect", "--stdio"], "");
  expect(again).toEqual({ code: 0, stdout: "", stderr: "" });

  const open = sandbox.start(["connect", "--stdio"]);
  const ending = collect(open);
  open.stdin?.write(rawFrames(introduction()));
  await once(open.stdout ?? open, "data");
  await endServer(sandbox.stateDir);
  expect(await ending).toMatchObject({ code: 4 });
});

test("what is over is pruned on request, and a reader is told what it does not see", async () => {
  await using sandbox = await makeSandbox();
  const old = Date.now() - 2 * 365 * 86_400_000;
  const store = openStore({ dir: sandbox.stateDir, now: () => old });
  await tellStory(store, "over", ["triaged", "closed"]);
  store.close();
  await serve(sandbox);
  expect((await sandbox.run(["state", "prune", "--dry-run"])).stdout).toMatch(
    /would go +\d+ events and 1 turns/,
  );
  const { dryRun, turns, horizon } = await json(sandbox, "state", "prune");
  expect([dryRun, turns]).toEqual([false, 1]);
  const { stdout, stderr } = await sandbox.run(["events"]);
  expect(stderr).toBe(
    `portwright: up to ${horizon} only what is newest is kept; what it overtook was pruned\n`,
  );
  expect(stdout).toMatch(/case case-over, devel\/over, is closed/);
});
